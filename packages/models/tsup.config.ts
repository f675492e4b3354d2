import { libraryWithWeb } from '../../tsup.base.js';

export default libraryWithWeb();
