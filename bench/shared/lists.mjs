// A process of its own that is asked for one piece of work on lists: without the loader of TypeScript, which takes longer
// for what is imported on the way than the lists.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const built = (module) => import(new URL(`../../dist/src/${module}`, import.meta.url).href);

/** Each imports what it needs, and gives what is then measured. */
const works = {
  async parse() {
    return async (lists) => {
      let rows = 0;
      for (const list of lists) rows += JSON.parse(readFileSync(list, 'utf8'))[0].Analysis.length;
      return `${rows} rows`;
    };
  },
  async matrix() {
    const { compareSources } = await built('similarity/compare.js');
    const { sourcesOf } = await built('sources/open.js');
    const { clusterByAverage, leavesOf } = await built('similarity/cluster.js');
    const { matrixOf } = await built('similarity/matrix.js');
    // What is imported when a file is looked at.
    for (const kind of ['file', 'tar', 'snapshot-file', 'lines', 'sif', 'lists'])
      await built(`sources/kinds/${kind}.js`);
    return async (lists) => {
      const wanted = { level: 'path', entries: 'all', weighting: 'count' };
      const { counts, trie } = await compareSources({ sources: sourcesOf(lists), ...wanted });
      const cluster = clusterByAverage(matrixOf(counts, 'jaccard').data);
      return `${trie.nodeCount} places, ${cluster ? leavesOf(cluster).length : 0} leaves`;
    };
  },
};

const [{ task, lists }] = await once(process, 'message');
const work = await works[task]();
const before = performance.now();
const shown = await work(lists);
const milliseconds = performance.now() - before;
process.send({ milliseconds, peak: process.resourceUsage().maxRSS / 1000, shown });
