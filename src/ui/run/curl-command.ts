/**
 * Starts the script again from a shell. Never with a password: curl asks for it when RUNLET_USER names only the user.
 * @param address of the start, absolute
 */
export const curlCommand = (address: string): string => `curl -u "$RUNLET_USER" -X POST ${quoted(address)}`;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
