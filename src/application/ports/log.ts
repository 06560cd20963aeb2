/** The operator's log. Fields are plain data without secrets; what a script printed never goes here. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
