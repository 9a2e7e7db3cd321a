export { type Arrival, consent, ScriptedBrowser } from '../../lib/local/oauth/scripted-browser.ts'
