/** A fault that the user can do something about: its message is all that is shown, without a stack trace. */
export class UserError extends Error {}
