export { MpiError } from './mpi-error.js';
export { type MpiProcesses, type OpenMpiOptions, openMpi } from './open-mpi.js';
