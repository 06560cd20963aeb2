/** POSIX, Shell Command Language, 2.2.2: between single quotes all stands for itself. */
export const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
