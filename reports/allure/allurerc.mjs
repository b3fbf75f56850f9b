// The run's directory comes in RAPTORFLOW_RUN, its scorecard has been drawn there before.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const run = process.env.RAPTORFLOW_RUN;
const card = JSON.parse(readFileSync(join(run, "scorecard.json"), "utf8"));
// One file that needs no server, for who gets a report by mail.
const alone = Boolean(process.env.RAPTORFLOW_SINGLE_FILE);
// Only whole reports keep a history: what a partial run left out did not disappear.
const history = process.env.RAPTORFLOW_HISTORY;
const tests = { reportName: "Tests", groupBy: ["epic", "feature", "story"], theme: "auto", singleFile: alone };
const broken = /needs|refused|unavailable|did not (start|answer)|timed? ?out|no space/i;

export default {
  name: `RaptorFlow verification: ${card.verdict}`,
  ...(history ? { historyPath: history, historyLimit: 20, appendHistory: true } : {}),
  variables: {
    verdict: card.verdict,
    target: String(card.target),
    commit: String(card.commit),
    seed: String(card.seed),
    run: card.run_id,
  },
  categories: [
    { name: "Flaky", matchers: { flaky: true } },
    { name: "No evidence: skipped", matchers: { statuses: ["skipped"] } },
    { name: "Infrastructure", matchers: { statuses: ["broken"], message: broken }, groupByMessage: true },
    { name: "Product defect", matchers: { statuses: ["failed"] }, groupByMessage: true },
    { name: "Test defect", matchers: { statuses: ["broken"] }, groupByMessage: true },
  ],
  plugins: {
    ...(alone ? {} : { scorecard: { import: join(import.meta.dirname, "scorecard.mjs"), options: { run } } }),
    awesome: { options: tests },
  },
};
