// An Allure plugin: the scorecard, as the first card of the report.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

// The report lies in the run's directory, and the page's links are relative to that.
const FROM_HERE = '<base href="../../">';
const STATUS = { go: "passed", "no-go": "failed", undecided: "broken" };
const COUNTED = {
  met: "passed", passed: "passed", missed: "failed", failed: "failed", undecided: "broken", "not measured": "skipped",
};

export default class ScorecardPlugin {
  constructor({ run }) {
    this.run = run;
  }

  done = async ({ reportFiles }) => {
    const page = await readFile(join(this.run, "scorecard.html"), "utf8");
    await reportFiles.addFile("index.html", Buffer.from(page.replace("<head>", `<head>\n${FROM_HERE}`)));
    await reportFiles.addFile("scorecard.json", await readFile(join(this.run, "scorecard.json")));
  };

  info = async () => {
    const card = JSON.parse(await readFile(join(this.run, "scorecard.json"), "utf8"));
    const stats = { total: 0 };
    for (const { verdict } of [...card.metrics, ...card.requirements]) {
      stats[COUNTED[verdict]] = (stats[COUNTED[verdict]] ?? 0) + 1;
      stats.total += 1;
    }
    return {
      name: `Scorecard: ${card.verdict}`,
      stats,
      status: STATUS[card.verdict],
      duration: Math.round((card.duration_s ?? 0) * 1000),
      createdAt: card.started_at ? Date.parse(card.started_at) : undefined,
      plugin: "Scorecard",
    };
  };
}
