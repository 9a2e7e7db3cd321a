import type { Answer } from '../message.ts'

/** Where the REST API of GitHub.com and GHE.com is. */
export const API = { hosts: ['api.github.com', 'api.:tenant.ghe.com'], base: '' }

/** Where that of GitHub Enterprise Server is. */
export const SERVER_API = { hosts: [':server.ghes.example'], base: '/api/v3' }

/** GitHub's 404, which is also its answer to what one may not see. */
export const notFound: Answer = {
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
}
