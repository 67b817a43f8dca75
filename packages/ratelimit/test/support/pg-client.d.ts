// The file behind `Client`, which `pg` exports but has no types for.
declare module 'pg/lib/client.js' {
  export { Client as default } from 'pg'
}
