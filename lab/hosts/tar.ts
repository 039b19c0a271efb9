/** A file in an archive. */
export interface TarFile {
  /** Without a leading slash. */
  path: string;
  content: Buffer;
  mode: number;
}

/**
 * A tar archive (ustar) of some files that belong to root.
 *
 * @throws for paths that the format has no room for.
 */
export function tarOfFiles(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap(({ path, content, mode }) => [
    header(path, content.length, mode),
    content,
    Buffer.alloc((512 - (content.length % 512)) % 512),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(path: string, size: number, mode: number): Buffer {
  if (Buffer.byteLength(path) > 99)
    throw new Error(`upload: path ${path} is too long; up to 99 bytes are allowed`);
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, "0");
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(Math.floor(Date.now() / 1000), 12), 136);
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\0", 257);
  block.write("00", 263);
  block.write(
    octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  return block;
}
