/** What other programs may use: the steps of the loop as functions, each from one value to the next. */
export { backends } from '../backends/registry.js';
export { openStore } from './archives/store.js';
export { capture } from './capture/capture.js';
export { ReproError } from './errors.js';
export { localMachine } from './machines/local.js';
export { planEnvironment } from './planning/plan.js';
export { assembleProof, type Proof } from './proof/proof.js';
export { renderProof } from './proof/report.js';
export { rerun } from './proof/rerun.js';
export { openResource } from './resources/connect.js';
export { createEnvironment } from './resources/create.js';
export { listResources } from './resources/list.js';
export { proveResource } from './resources/prove.js';
export { removeResource } from './resources/remove.js';
export { mergeSpecifications } from './spec/merge/merge.js';
export { readSpecification } from './spec/read.js';
export { resolveSpecification } from './spec/resolve.js';
export { chooseTracer } from './tracing/registry.js';
