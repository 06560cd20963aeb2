export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** What the frame of a browser script tells. */
export type FrameMessage =
  | { readonly type: 'ready' | 'flooded' }
  | { readonly type: 'output'; readonly pieces: readonly OutputPiece[]; readonly dropped: number }
  | { readonly type: 'end'; readonly threw: boolean; readonly result?: unknown; readonly note?: string };

/** Null for what is none: the script may have found a way to send something of its own. */
export const readFrameMessage = (data: unknown): FrameMessage | null => {
  if (typeof data !== 'object' || data === null || !('type' in data)) return null;
  const message = data as Readonly<Record<string, unknown>>;
  if (message.type === 'ready' || message.type === 'flooded') return { type: message.type };
  if (message.type === 'end') return readEnd(message);
  if (message.type !== 'output' || !Array.isArray(message.pieces)) return null;
  const pieces = (message.pieces as unknown[]).map(readPiece);
  const dropped = Number.isSafeInteger(message.dropped) ? Math.max(0, Number(message.dropped)) : 0;
  return { type: 'output', pieces: pieces.filter((piece) => piece !== null), dropped };
};

const readPiece = (piece: unknown): OutputPiece | null => {
  if (!Array.isArray(piece)) return null;
  const [stream, line] = piece as unknown[];
  return (stream === 'stdout' || stream === 'stderr') && typeof line === 'string' ? { stream, line } : null;
};

const readEnd = ({ threw, json, note }: Readonly<Record<string, unknown>>): FrameMessage => ({
  type: 'end',
  threw: threw === true,
  ...(typeof json === 'string' && parsed(json)),
  ...(typeof note === 'string' && { note }),
});

const parsed = (json: string): { result: unknown } | { note: string } => {
  try {
    return { result: JSON.parse(json) as unknown };
  } catch {
    return { note: 'the result is not kept: it did not arrive whole' };
  }
};
