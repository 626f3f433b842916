/** The exit code with which the image process says that an image needed too much memory. */
export const memoryExitCode = 77;
