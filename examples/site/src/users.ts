export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly createdAt: Date
}

/** The shop's customers. */
export interface Users {
  /** Undefined when the address is taken. */
  add(user: { email: string; name: string; passwordHash: string }): Promise<User | undefined>
  find(id: string): Promise<User | undefined>
  idOf(email: string): Promise<string | undefined>
  passwordHashOf(id: string): Promise<string | undefined>
  /** Only over the hash that was verified: of two changes at once one wins, and the other learns it. */
  changePassword(id: string, from: string, to: string): Promise<boolean>
  remove(id: string): Promise<void>
}

/** Ann@Example.org and ann@example.org are one person. */
export function foldEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase()
}
