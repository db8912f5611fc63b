import { FOUR_SETTINGS } from './site.ts'

/** A module of settings, as a Django project has one. */
export const { SECRET_KEY, SESSION_COOKIE_AGE, SESSION_COOKIE_SECURE, SESSION_ENGINE, SESSION_COOKIE_HTTPONLY } =
  FOUR_SETTINGS
