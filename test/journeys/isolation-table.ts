/**
 * Who may do what to whose: for every operation and every kind of id, the status for every caller.
 *
 * owner, colleague, admin  users of acme; the owner and the colleague have a grant each
 * outsider                 an admin of globex, whose user id is that of acme's admin
 * globex's                 a grant there belongs to a user whose id is that of acme's owner
 * forOwner, forColleague   a service of acme with X-On-Behalf-Of; it has no right of its own
 * pretender                the owner with X-On-Behalf-Of: colleague, but without the role service
 * -                        an operation without an id
 *
 * Of surface 2 the id is that of the provider to which the owner and the colleague are connected, and nobody else.
 */
export const table = `
operation                id           nobody forged owner colleague admin outsider service forOwner forColleague pretender

listAuthorizedProviders  -            401    401    200   200       200   200      200     200      200          403
listAuthorizedProviders  colleague's  401    401    403   200       200   200      403     403      200          403
getAuthorizedProvider    owner's      401    401    200   404       200   404      404     200      404          403
getAuthorizedProvider    colleague's  401    401    404   200       200   404      404     404      200          403
getAuthorizedProvider    globex's     401    401    404   404       404   200      404     404      404          403
getAuthorizedProvider    unknown      401    401    404   404       404   404      404     404      404          403
getAuthorizedProvider    illegal      401    401    422   422       422   422      422     422      422          403
deleteAuthorizedProvider owner's      401    401    204   404       204   404      404     204      404          403
deleteAuthorizedProvider colleague's  401    401    404   204       204   404      404     404      204          403
deleteAuthorizedProvider globex's     401    401    404   404       404   204      404     404      404          403
deleteAuthorizedProvider unknown      401    401    404   404       404   404      404     404      404          403
deleteAuthorizedProvider illegal      401    401    422   422       422   422      422     422      422          403
acquireAccessToken       owner's      401    401    201   404       403   404      404     201      404          403
acquireAccessToken       colleague's  401    401    404   201       403   404      404     404      201          403
acquireAccessToken       globex's     401    401    404   404       404   403      404     404      404          403
acquireAccessToken       unknown      401    401    404   404       404   404      404     404      404          403
acquireAccessToken       illegal      401    401    422   422       422   422      422     422      422          403
acquireProviderAccessToken acme's    401    401    404   404       404   404      404     404      404          403
acquireProviderAccessToken globex's  401    401    404   404       404   404      404     404      404          403
acquireProviderAccessToken unknown   401    401    404   404       404   404      404     404      404          403
acquireProviderAccessToken illegal   401    401    422   422       422   422      422     422      422          403
getUserinfo              owner's      401    401    200   404       403   404      404     200      404          403
getUserinfo              colleague's  401    401    404   200       403   404      404     404      200          403
getUserinfo              globex's     401    401    404   404       404   403      404     404      404          403
getUserinfo              unknown      401    401    404   404       404   404      404     404      404          403
getUserinfo              illegal      401    401    422   422       422   422      422     422      422          403
diagnoseAuthorizedProvider owner's      401    401    200   404       403   404      404     200      404          403
diagnoseAuthorizedProvider colleague's  401    401    404   200       403   404      404     404      200          403
diagnoseAuthorizedProvider globex's     401    401    404   404       404   403      404     404      404          403
diagnoseAuthorizedProvider unknown      401    401    404   404       404   404      404     404      404          403
diagnoseAuthorizedProvider illegal      401    401    422   422       422   422      422     422      422          403

listProviders            -            401    401    200   200       200   200      200     200      200          403
createProvider           -            401    401    403   403       201   201      403     403      403          403
getProvider              acme's       401    401    200   200       200   404      200     200      200          403
getProvider              globex's     401    401    404   404       404   200      404     404      404          403
getProvider              unknown      401    401    404   404       404   404      404     404      404          403
getProvider              illegal      401    401    422   422       422   422      422     422      422          403
updateProvider           acme's       401    401    403   403       200   404      403     403      403          403
updateProvider           globex's     401    401    404   404       404   200      404     404      404          403
updateProvider           unknown      401    401    404   404       404   404      404     404      404          403
updateProvider           illegal      401    401    422   422       422   422      422     422      422          403
verifyProvider           acme's       401    401    403   403       200   404      403     403      403          403
verifyProvider           globex's     401    401    404   404       404   200      404     404      404          403
verifyProvider           unknown      401    401    404   404       404   404      404     404      404          403
verifyProvider           illegal      401    401    422   422       422   422      422     422      422          403
deleteProvider           acme's       401    401    403   403       202   404      403     403      403          403
deleteProvider           globex's     401    401    404   404       404   202      404     404      404          403
deleteProvider           unknown      401    401    404   404       404   404      404     404      404          403
deleteProvider           illegal      401    401    422   422       422   422      422     422      422          403
authorizeProvider        acme's       401    401    200   200       200   404      200     200      200          403
authorizeProvider        globex's     401    401    404   404       404   200      404     404      404          403
authorizeProvider        unknown      401    401    404   404       404   404      404     404      404          403
authorizeProvider        illegal      401    401    422   422       422   422      422     422      422          403
completeCallback         acme's       401    401    400   400       400   404      400     400      400          403
completeCallback         globex's     401    401    404   404       404   400      404     404      404          403
completeCallback         unknown      401    401    404   404       404   404      404     404      404          403
completeCallback         illegal      401    401    422   422       422   422      422     422      422          403

listJobs                 -            401    401    403   403       200   200      403     403      403          403
createJob                -            401    401    403   403       202   202      403     403      403          403
listAudit                -            401    401    403   403       409   409      403     403      403          403
getJob                   acme's       401    401    403   403       200   404      403     403      403          403
getJob                   globex's     401    401    403   403       404   200      403     403      403          403
getJob                   unknown      401    401    403   403       404   404      403     403      403          403
getJob                   illegal      401    401    422   422       422   422      422     422      422          403
stopJob                  acme's       401    401    403   403       200   404      403     403      403          403
stopJob                  globex's     401    401    403   403       404   200      403     403      403          403
stopJob                  unknown      401    401    403   403       404   404      403     403      403          403
stopJob                  illegal      401    401    422   422       422   422      422     422      422          403

listExternalAuths        -            401    401    200   200       200   200      200     200      200          403
getExternalAuth          acme's       401    401    200   200       200   404      200     200      200          403
getExternalAuth          globex's     401    401    404   404       404   200      404     404      404          403
getExternalAuth          unknown      401    401    404   404       404   404      404     404      404          403
getExternalAuth          illegal      401    401    422   422       422   422      422     422      422          403
deleteExternalAuth       acme's       401    401    200   200       404   404      404     200      200          403
deleteExternalAuth       globex's     401    401    404   404       404   404      404     404      404          403
deleteExternalAuth       unknown      401    401    404   404       404   404      404     404      404          403
deleteExternalAuth       illegal      401    401    422   422       422   422      422     422      422          403
startExternalAuthDevice  acme's       401    401    200   200       200   404      200     200      200          403
startExternalAuthDevice  globex's     401    401    404   404       404   200      404     404      404          403
startExternalAuthDevice  unknown      401    401    404   404       404   404      404     404      404          403
startExternalAuthDevice  illegal      401    401    422   422       422   422      422     422      422          403
completeExternalAuthDevice acme's     401    401    404   404       404   404      404     404      404          403
completeExternalAuthDevice globex's   401    401    404   404       404   404      404     404      404          403
completeExternalAuthDevice unknown    401    401    404   404       404   404      404     404      404          403
completeExternalAuthDevice illegal    401    401    422   422       422   422      422     422      422          403

initConnection           acme's       401    401    200   200       200   404      200     200      200          403
initConnection           globex's     401    401    404   404       404   200      404     404      404          403
initConnection           unknown      401    401    404   404       404   404      404     404      404          403
finishConnection         -            401    401    400   400       400   400      400     400      400          403
listCredentials          acme's       401    401    200   200       200   404      200     200      200          403
listCredentials          globex's     401    401    404   404       404   200      404     404      404          403
listCredentials          unknown      401    401    404   404       404   404      404     404      404          403
createCredential         acme's       401    401    403   403       201   404      201     403      403          403
createCredential         globex's     401    401    404   404       404   201      404     404      404          403
createCredential         unknown      401    401    404   404       404   404      404     404      404          403
getCredential            acme's       401    401    200   200       200   404      200     200      200          403
getCredential            owner's      401    401    200   404       200   404      404     200      404          403
getCredential            colleague's  401    401    404   200       200   404      404     404      200          403
getCredential            globex's     401    401    404   404       404   200      404     404      404          403
getCredential            unknown      401    401    404   404       404   404      404     404      404          403
getCredential            illegal      401    401    422   422       422   422      422     422      422          403
updateCredential         acme's       401    401    403   403       200   404      200     403      403          403
updateCredential         owner's      401    401    422   404       422   404      404     422      404          403
updateCredential         colleague's  401    401    404   422       422   404      404     404      422          403
updateCredential         globex's     401    401    404   404       404   200      404     404      404          403
updateCredential         unknown      401    401    404   404       404   404      404     404      404          403
updateCredential         illegal      401    401    422   422       422   422      422     422      422          403
deleteCredential         acme's       401    401    403   403       204   404      204     403      403          403
deleteCredential         owner's      401    401    204   404       204   404      404     204      404          403
deleteCredential         colleague's  401    401    404   204       204   404      404     404      204          403
deleteCredential         globex's     401    401    404   404       404   204      404     404      404          403
deleteCredential         unknown      401    401    404   404       404   404      404     404      404          403
deleteCredential         illegal      401    401    422   422       422   422      422     422      422          403
revealCredential         acme's       401    401    403   403       200   404      200     403      403          403
revealCredential         owner's      401    401    422   404       422   404      404     422      404          403
revealCredential         colleague's  401    401    404   422       422   404      404     404      422          403
revealCredential         globex's     401    401    404   404       404   200      404     404      404          403
revealCredential         unknown      401    401    404   404       404   404      404     404      404          403
revealCredential         illegal      401    401    422   422       422   422      422     422      422          403

listUserConnections      -            401    401    200   200       200   200      200     200      200          403
getUserConnection        owner's      401    401    200   404       200   404      404     200      404          403
getUserConnection        colleague's  401    401    404   200       200   404      404     404      200          403
getUserConnection        globex's     401    401    404   404       404   200      404     404      404          403
getUserConnection        unknown      401    401    404   404       404   404      404     404      404          403
getUserConnection        illegal      401    401    400   400       400   400      400     400      400          403
deleteUserConnection     owner's      401    401    204   404       204   404      404     204      404          403
deleteUserConnection     colleague's  401    401    404   204       204   404      404     404      204          403
deleteUserConnection     globex's     401    401    404   404       404   204      404     404      404          403
deleteUserConnection     unknown      401    401    404   404       404   404      404     404      404          403
deleteUserConnection     illegal      401    401    400   400       400   400      400     400      400          403

getConnection            acme's       401    401    200   200       404   404      404     200      200          403
getConnection            globex's     401    401    404   404       404   404      404     404      404          403
getConnection            unknown      401    401    404   404       404   404      404     404      404          403
getConnection            illegal      401    401    422   422       422   422      422     422      422          403
deleteConnection         acme's       401    401    204   204       404   404      404     204      204          403
deleteConnection         globex's     401    401    404   404       404   404      404     404      404          403
deleteConnection         unknown      401    401    404   404       404   404      404     404      404          403
deleteConnection         illegal      401    401    422   422       422   422      422     422      422          403
connectDirectly          acme's       401    401    403   403       403   404      403     403      403          403
connectDirectly          globex's     401    401    404   404       404   403      404     404      404          403
connectDirectly          unknown      401    401    404   404       404   404      404     404      404          403
connectDirectly          illegal      401    401    422   422       422   422      422     422      422          403
listConnections          -            401    401    200   200       200   200      200     200      200          403
relayRequest             acme's       401    401    200   200       404   404      404     200      200          403
relayRequest             globex's     401    401    404   404       404   404      404     404      404          403
relayRequest             unknown      401    401    404   404       404   404      404     404      404          403
relayRequest             illegal      401    401    422   422       422   422      422     422      422          403
relayPath                acme's       401    401    200   200       404   404      404     200      200          403
relayPath                globex's     401    401    404   404       404   404      404     404      404          403
relayPath                unknown      401    401    404   404       404   404      404     404      404          403
relayPath                illegal      401    401    422   422       422   422      422     422      422          403

createConnectTicket      acme's       401    401    201   201       201   404      201     201      201          403
createConnectTicket      globex's     401    401    404   404       404   201      404     404      404          403
createConnectTicket      unknown      401    401    404   404       404   404      404     404      404          403
createConnectTicket      illegal      401    401    422   422       422   422      422     422      422          403
initiateConnect          acme's       401    401    302   302       302   404      302     302      302          403
initiateConnect          globex's     401    401    404   404       404   302      404     404      404          403
initiateConnect          unknown      401    401    404   404       404   404      404     404      404          403
initiateConnect          illegal      401    401    422   422       422   422      422     422      422          403
completeConnectTicket    -            401    401    400   400       400   400      400     400      400          403

getOpenapi               -            200    200    200   200       200   200      200     200      200          200
showSharedCallback       -            200    200    200   200       200   200      200     200      200          200
showCallback             acme's       200    200    200   200       200   200      200     200      200          200
showCallback             unknown      200    200    200   200       200   200      200     200      200          200
showCallback             illegal      422    422    422   422       422   422      422     422      422          422
showConnect              -            400    400    400   400       400   400      400     400      400          400
confirmConnect           -            403    403    403   403       403   403      403     403      403          403
decideConnect            -            403    403    403   403       403   403      403     403      403          403
`

const [header = '', ...lines] = table.split('\n').filter((line) => line !== '')
const [, , ...callerNames] = header.split(/ +/)

export interface Row {
  readonly operationId: string
  readonly kind: string
  readonly cells: readonly { readonly caller: string; readonly status: number }[]
}

export const rows: readonly Row[] = lines.map((line) => {
  const [operationId = '', kind = '', ...statuses] = line.split(/ +/)
  return { operationId, kind, cells: callerNames.map((caller, at) => ({ caller, status: Number(statuses[at]) })) }
})
