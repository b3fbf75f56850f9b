// An Allure plugin: the scorecard, as the first card of the report.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const STATUS = { go: "passed", "no-go": "failed", undecided: "broken" };
const COUNTED = {
  met: "passed", passed: "passed", missed: "failed", failed: "failed", undecided: "broken", "not measured": "skipped",
};

export default class ScorecardPlugin {
  constructor({ run }) {
    this.run = run;
  }

  done = async ({ reportFiles }) => {
    await reportFiles.addFile("index.html", await readFile(join(this.run, "scorecard.html")));
    const matrix = join(this.run, "isolation.html");
    if (existsSync(matrix)) {
      await reportFiles.addFile("isolation.html", await readFile(matrix));
    }
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
