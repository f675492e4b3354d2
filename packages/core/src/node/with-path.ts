/** Runs file operations of one file, and names that file in an error of the system that does not say which it was. */
export const withPath = async <T>(file: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && !('path' in error && error.path)) {
      Object.assign(error, { path: file });
    }
    throw error;
  }
};
