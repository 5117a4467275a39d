/* The tasks of a relation strategy as the server keeps them: one a line, with
 * days of its own behind a bar ("Ask how it went | 3"). */
export interface PlanTask {
  title: string;
  /** As typed; empty: the plan's. */
  days: string;
}

export function readTasks(text: string): PlanTask[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const own = /^(.*?)\s*\|\s*(\d+)$/.exec(line);
      return own ? { title: own[1]!, days: own[2]! } : { title: line, days: '' };
    });
}

/** Can the days be kept as they are typed? most: as of the plan's own. */
export function daysFit(task: PlanTask, most: number): boolean {
  const days = task.days.trim();
  return !days || (/^\d+$/.test(days) && Number(days) <= most);
}

export function writeTasks(tasks: PlanTask[]): string {
  return tasks
    .filter((x) => x.title.trim())
    .map((x) => x.title.trim().replace(/\s*\n\s*/g, ' ') + (x.days.trim() ? ` | ${x.days.trim()}` : ''))
    .join('\n');
}
