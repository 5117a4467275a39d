/* What a browser calls itself, in words people know: "Firefox · Linux". */
const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger/, 'WeChat'], [/DingTalk/, 'DingTalk'], [/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari'], [/curl\//, 'curl'],
];
const SYSTEMS: [RegExp, string][] = [
  [/HarmonyOS/, 'HarmonyOS'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux'],
];

const find = (agent: string, list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(agent))?.[1] ?? '';

export function agentName(agent: string): string {
  return [find(agent, BROWSERS), find(agent, SYSTEMS)].filter(Boolean).join(' · ') || agent.slice(0, 40);
}
