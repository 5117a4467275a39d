/* The tasks of a relation strategy as the server keeps them: one a line, with
 * days of its own behind a bar ("Ask how it went | 3"). */
export interface PlanTask {
  title: string;
  /** null: the plan's */
  days: number | null;
}

export function readTasks(text: string): PlanTask[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const own = /^(.*?)\s*\|\s*(\d+)$/.exec(line);
      return own ? { title: own[1]!, days: Number(own[2]) } : { title: line, days: null };
    });
}

export function writeTasks(tasks: PlanTask[]): string {
  return tasks
    .filter((x) => x.title.trim())
    .map((x) => x.title.trim().replace(/\s*\n\s*/g, ' ') + (x.days === null ? '' : ` | ${x.days}`))
    .join('\n');
}
