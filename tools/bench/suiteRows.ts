import { Row } from "./row";
import { timedProcess } from "./timedProcess";

/** What the project's own tests take. */
export const suiteRows: Row[] = [
  {
    name: "unit",
    what: "unit suite",
    target: { seconds: 4 },
    subjects: () =>
      Promise.resolve([
        { label: "mocha test/unit", run: () => timedProcess("node", ["node_modules/mocha/bin/mocha.js", "test/unit"]) },
      ]),
  },
  {
    name: "test",
    what: "npm test, tools built",
    target: { seconds: 90 },
    mostRuns: 1,
    subjects: () => Promise.resolve([{ label: "npm test", run: () => timedProcess("npm", ["test"]) }]),
  },
];
