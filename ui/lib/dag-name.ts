// The names that files of DAGs may have.

export const DAG_NAME = /^[a-zA-Z0-9_.-]{1,40}$/
export const DAG_NAME_HINT = 'Letters, digits, dots, - and _, at most 40 characters.'
