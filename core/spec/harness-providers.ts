// The coding tools that are known by name, and how each is given its prompt.

/** How a tool is called. A file's own definitions have the same fields. */
export interface HarnessDefinition {
  binary: string
  prefix_args?: string[]
  prompt_mode?: 'arg' | 'flag' | 'stdin'
  prompt_flag?: string
  prompt_position?: 'before_flags' | 'after_flags'
  flag_style?: 'gnu_long' | 'single_dash'
  option_flags?: Record<string, string>
}

const asked = (binary: string, flag: string): HarnessDefinition => ({ binary, prompt_mode: 'flag', prompt_flag: flag })

/** By name. Those of `RESERVED_PROVIDERS` cannot be defined anew. */
export const PROVIDERS: Readonly<Record<string, HarnessDefinition>> = {
  claude: asked('claude', '-p'),
  codex: { binary: 'codex', prefix_args: ['exec'] },
  copilot: asked('copilot', '-p'),
  opencode: { binary: 'opencode', prefix_args: ['run'] },
  pi: asked('pi', '-p'),
  gemini: asked('gemini', '-p'),
  cursor: asked('cursor-agent', '-p'),
  cline: { binary: 'cline' },
  aider: asked('aider', '--message'),
  qwen: asked('qwen', '-p'),
  goose: { ...asked('goose', '-t'), prefix_args: ['run'] },
  kiro: { binary: 'kiro-cli', prefix_args: ['chat', '--no-interactive'] },
  droid: { binary: 'droid', prefix_args: ['exec'] },
  amp: asked('amp', '-x'),
  deepseek: asked('deepseek', '-p'),
}

/** Names that no file may define. Tools that came later may be defined by a file, which then goes before. */
export const RESERVED_PROVIDERS: ReadonlySet<string> = new Set(['claude', 'codex', 'copilot', 'opencode', 'pi'])
