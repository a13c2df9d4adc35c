/** Which release of the server speaks, and since when. */
export interface Release {
  version: string;
  date: Date;
}
