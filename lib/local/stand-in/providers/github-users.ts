import type { Members } from '../facts.ts'
import type { Person } from '../person.ts'

/** What `GET /user` says: the e-mail is private. */
export function user({ id, login, name }: Person): Members {
  return {
    login,
    id: Number(id),
    node_id: `U_${Buffer.from(id).toString('base64url')}`,
    avatar_url: `https://avatars.example.test/u/${id}?v=4`,
    html_url: `https://github.com/${login}`,
    type: 'User',
    name,
    company: null,
    blog: '',
    location: 'Porto',
    email: null,
    bio: 'Builds pipes',
    created_at: '2016-05-04T10:11:12Z',
  }
}

/** What `GET /user/emails` says. */
export function emails({ id, login, email }: Person): readonly Members[] {
  return [
    { email, primary: true, verified: true, visibility: 'private' },
    { email: `${id}+${login}@users.noreply.example`, primary: false, verified: true, visibility: null },
  ]
}
