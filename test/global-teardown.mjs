// Stops what global-setup.mjs started and deletes its data.
export default async function stopInfrastructure() {
  await globalThis.ginnelTestInfrastructure?.stop();
}
