/** Reasons that the system gives for a file operation that failed, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be too large for the file system',
  EIO: 'the disk failed',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EISDIR: 'this is a folder, not a file',
  EEXIST: 'there is a file of this name; a folder is needed',
  ENOTEMPTY: 'the folder is not empty',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'symbolic links lead round in a circle',
  EMFILE: 'too many open files',
  EBUSY: 'in use by another program',
};

/** An error of a file operation as one line with its path; undefined for other errors. */
export const describeFileError = (error: unknown): string | undefined => {
  const { code, path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : REASONS[code];
  if (!(error instanceof Error) || reason === undefined) return undefined;
  return `${path ?? 'A file'}: ${reason} (${[syscall, code].filter(Boolean).join(', ')}).`;
};
