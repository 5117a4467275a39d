/* What the house rules allow, as tables: the one place to look or to change. */

/* Layer → layers whose headers it may include (itself always). */
export const LAYERS = {
  base: [],
  analytics: ['base'],
  db: ['base'],
  model: ['base'],
  http: ['base'],
  store: ['base', 'db', 'model'],
  app: ['base', 'analytics', 'model', 'store'],
  api: ['base', 'analytics', 'model', 'http', 'store', 'app'],
  cli: ['base', 'analytics', 'db', 'model', 'http', 'store', 'app', 'api'],
};

/* Library header → the only layers that may include it. */
export const LIBRARIES = {
  'sqlite3.h': ['db'],
  'libpq-fe.h': ['db'],
  'microhttpd.h': ['http'],
  'jansson.h': ['base', 'model', 'store', 'app', 'api', 'cli'],
  'csv.h': ['base'],
  'xlsxwriter.h': ['base', 'app'],
  'zip.h': ['base', 'app'],
  'expat.h': ['base', 'app'],
  'zlib.h': ['base', 'http', 'app'],
  'brotli/decode.h': ['http'],
  'unicode/': ['base'],
  'sodium.h': ['base', 'store', 'app', 'cli'],
  'nettle/': ['base'],
};

/* Headers that the build writes. */
export const GENERATED = [/_gen\.h$/, /^base\/tables\.h$/];

/* Where SQL text may stand. */
export const SQL_PLACES = [
  /^src\/store\//,
  /^src\/db\//,
  /^src\/model\/(emit_)?ddl[a-z_]*\.[ch]$/,
  /^migrations\//,
  /^tests\//,
  /^bench\//,
];

/* Where memory may come from malloc and go to free: the arena's own layer,
 * owners that outlive a request, and what libraries hand over to be freed. */
export const MALLOC_PLACES = [
  [/^src\/base\//, 'the arena and the long-lived containers'],
  [/^src\/db\//, 'connections and statements outlive requests'],
  [/^src\/http\//, 'connections outlive requests; libmicrohttpd frees bodies'],
  [/^src\/store\/(store|writer|checkpointer)\.c$/, 'the store, the writer, its queue and its log outlive requests'],
  [/^src\/api\/server\.c$/, 'the server outlives requests'],
  [/^src\/api\/events_hub\.c$/, 'subscribers outlive the request that opened them'],
  [/^src\/api\/limit\.c$/, 'the buckets outlive requests'],
  [/^src\/app\/jobs\.c$/, 'the runner threads outlive jobs'],
  [/^src\/model\/value\.c$/, 'text that json_dumps hands over'],
  [/^(tests|bench|tools)\//, 'programs of their own'],
];

/* Where the engine may be asked for. */
export const ENGINE_PLACES = [/^src\/db\//, /^tests\//, /^bench\//];

/* Variables that are neither const nor on a stack, and why they may be. */
export const MUTABLE_STATICS = [
  [/^src\/base\/(log|fault|work|ctx)\.c$/, 'one per process by nature'],
  [/^src\/db\/sqlite_memory\.c$/, 'SQLite takes memory without saying for whom'],
  [/^src\/cli\//, 'what a signal handler sets'],
  [/^tools\//, 'programs of the build'],
  [/^tests\//, 'programs of their own'],
  [/^bench\//, 'programs of their own'],
];

/* Size limits: warned about, and refused. */
export const LIMITS = {
  file: { warn: 500, refuse: 1000 },
  header: { warn: 200, refuse: 1000 },
  function: { warn: 60 },
  parameters: { warn: 5 },
  nesting: { warn: 3 },
};

/* Long by nature: data, not code. */
export const NO_LENGTH = [
  /^docs\//,
  /(^|\/)package-lock\.json$/,
  /\.(md|json|sql|csv|tsv|txt|svg|lock)$/,
  /(^|\/)(zh|en)(-[A-Z]+)?\.(ts|json|mjs)$/,
];

/* Not looked at: samples that are wrong on purpose, licence text, pictures,
 * and inputs whose bytes are the point. */
export const IGNORED = [
  /^tests\/lint\/bad\//,
  /^LICENSE$/,
  /\.(png|ico|woff2?|gz|xlsx|zip|db|pdf)$/,
  /^tests\/(data|fuzz|model\/(good|bad))\//,
  /(^|\/)package-lock\.json$/,
];
