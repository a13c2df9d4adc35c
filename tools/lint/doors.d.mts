/** Files that read for everyone by a rule of their service; `store`: that join the store's tables. */
export const doors: readonly { file: string; why: string; store?: true }[];

/** Folders, or beginnings of file names, that speak SQL to tables of their own. */
export const tableRooms: readonly { folder: string; why: string }[];
