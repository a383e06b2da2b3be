// Small workflows to begin with; each runs as it is.

export const TEMPLATES: readonly { title: string; spec: string }[] = [
  {
    title: 'Two steps, one after the other',
    spec: `steps:
  - name: hello
    command: echo "Hello from $(hostname)"
  - name: done
    command: echo "Done"
`,
  },
  {
    title: 'Steps side by side, with a parameter',
    spec: `type: graph
params:
  - name: TARGET
    default: staging
    description: Where to deploy
steps:
  - name: test
    command: echo "testing"
  - name: lint
    command: echo "linting"
  - name: deploy
    command: echo "deploying to \${TARGET}"
    depends: [test, lint]
`,
  },
  {
    title: 'Every night, with retries',
    spec: `schedule: "0 3 * * *"
steps:
  - name: backup
    command: echo "backing up"
    retry_policy:
      limit: 3
      interval_sec: 30
`,
  },
]
