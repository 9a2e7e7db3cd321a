import * as apigateway from 'aws-cdk-lib/aws-apigateway'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53'
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets'
import { Construct } from 'constructs'

/** A domain name for the API. */
export interface DomainProps {
  /** Such as `connect.example.com`. */
  readonly name: string
  /** Of an ACM certificate for that name, in the region of the stack. */
  readonly certificateArn: string
  /** Gets the alias record. Without it, whoever runs the DNS points the name at the output `DomainTarget`. */
  readonly hostedZone?: { readonly id: string; readonly name: string }
}

/** The API under a name of its own, at the root of it, so that paths are the same as everywhere. */
export class CustomDomain extends Construct {
  /** What the name's DNS record must point at. */
  readonly target: string

  constructor(
    scope: Construct,
    id: string,
    { name, certificateArn, hostedZone }: DomainProps,
    api: apigateway.RestApi,
  ) {
    super(scope, id)
    const domainName = new apigateway.DomainName(this, 'Name', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: apigateway.EndpointType.REGIONAL,
      securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
    })
    new apigateway.BasePathMapping(this, 'Mapping', { domainName, restApi: api, stage: api.deploymentStage })
    this.target = domainName.domainNameAliasDomainName
    if (!hostedZone) return
    new ARecord(this, 'Alias', {
      zone: HostedZone.fromHostedZoneAttributes(this, 'Zone', {
        hostedZoneId: hostedZone.id,
        zoneName: hostedZone.name,
      }),
      recordName: `${name}.`,
      target: RecordTarget.fromAlias(new ApiGatewayDomain(domainName)),
    })
  }
}
