import * as z from 'zod'

/** What a person sees in a browser. */
export const page = z.string().meta({ description: 'A page for a person', contentMediaType: 'text/html' })
