/** How the pages look, on a phone and on a desk, by day and by night. The policy of each page names it by its hash. */
export const style = `
:root { color-scheme: light dark; --text: #1c2230; --soft: #545c6e; --line: #d8dce4; --paper: #fff; --desk: #f3f5f8; --accent: #1f4fd8; --on-accent: #fff }
@media (prefers-color-scheme: dark) {
  :root { --text: #e9ecf2; --soft: #aab2c2; --line: #3a4252; --paper: #1b212c; --desk: #11151c; --accent: #9db8ff; --on-accent: #0b1533 }
}
* { box-sizing: border-box }
body { margin: 0; padding: 6vh 1rem 2rem; background: var(--desk); color: var(--text); font: 1.0625rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 34rem; margin: 0 auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25 }
p { margin: 0 0 1rem }
main > :last-child { margin-bottom: 0 }
dl { margin: 0 0 1.25rem; border-top: 1px solid var(--line) }
dl div { padding: .625rem 0; border-bottom: 1px solid var(--line) }
dt { color: var(--soft); font-size: .9375rem }
dd { margin: 0; font-weight: 600 }
dd small { display: block; color: var(--soft); font-weight: 400; font-size: .9375rem }
.actions { display: flex; flex-wrap: wrap; gap: .75rem }
button { min-height: 2.75rem; padding: .5rem 1.5rem; border: 2px solid var(--accent); border-radius: .5rem; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer }
button.other { background: none; color: var(--accent) }
button:hover { text-decoration: underline }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
@media (max-width: 30rem) {
  body { padding: 0; background: var(--paper) }
  main { border: 0; border-radius: 0; padding: 1.5rem 1.25rem }
  button { width: 100% }
}
`
