/**
 * What a person sees whom a provider sent back here: the flow was begun by an application under that person's own token,
 * and only that application can finish it. Nothing is exchanged here, and the state stays unused.
 */
export const returnToApplication = `<h1>Return to your application</h1>
<p>The provider has sent you back. Nothing is connected yet: the application in which you began finishes the connection.</p>
<p>Go back to its window. If it asks for the address of this page, copy it from the address bar; it works once, for ten minutes, and for nobody but you.</p>`
