export { defineStore } from './src/adapters/store.ts'
