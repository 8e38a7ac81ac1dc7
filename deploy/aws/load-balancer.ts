import { Annotations, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { CONTAINER } from './task.ts'

/** The public side: HTTPS with a redirect to it when there is a certificate, else HTTP. */
export class LoadBalancer extends Construct {
  readonly balancer: elb.ApplicationLoadBalancer
  readonly url: string
  readonly #listener: elb.ApplicationListener

  constructor(scope: Construct, id: string, vpc: ec2.IVpc, certificateArn: string) {
    super(scope, id)
    this.balancer = new elb.ApplicationLoadBalancer(this, 'Balancer', {
      vpc,
      internetFacing: true,
      // below the service's keep-alive time-out, so that the balancer is the side that closes
      idleTimeout: Duration.seconds(60),
      dropInvalidHeaderFields: true,
    })
    this.#keepAccessLogs()

    if (certificateArn === '') {
      this.#listener = this.balancer.addListener('Http', { protocol: elb.ApplicationProtocol.HTTP })
      Annotations.of(this).addWarningV2(
        'tasktrail:http',
        'unencryptedHttp: passwords and tokens travel unencrypted',
      )
    } else {
      this.#listener = this.balancer.addListener('Https', {
        protocol: elb.ApplicationProtocol.HTTPS,
        certificates: [elb.ListenerCertificate.fromArn(certificateArn)],
        sslPolicy: elb.SslPolicy.RECOMMENDED_TLS,
      })
      this.balancer.addRedirect()
    }
    this.url = `${certificateArn === '' ? 'http' : 'https'}://${this.balancer.loadBalancerDnsName}`
  }

  /** Sends requests to the service's tasks that are ready. */
  addService(service: ecs.FargateService, port: number): elb.ApplicationTargetGroup {
    return this.#listener.addTargets('Tasks', {
      protocol: elb.ApplicationProtocol.HTTP,
      port,
      targets: [service.loadBalancerTarget({ containerName: CONTAINER, containerPort: port })],
      // longest ordinary answer is a 30 s long poll; SIGTERM comes after this delay
      deregistrationDelay: Duration.seconds(30),
      healthCheck: {
        path: '/readyz',
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        // 150 s: a database fail-over (1 to 2 minutes) must not make ECS replace every task
        unhealthyThresholdCount: 10,
      },
    })
  }

  // `logAccessLogs` needs a fixed region
  #keepAccessLogs(): void {
    const bucket = new s3.Bucket(this, 'AccessLogs', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN,
    })
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`AWSLogs/${Stack.of(this).account}/*`)],
      }),
    )
    this.balancer.setAttribute('access_logs.s3.enabled', 'true')
    this.balancer.setAttribute('access_logs.s3.bucket', bucket.bucketName)
    if (bucket.policy) this.balancer.node.addDependency(bucket.policy)
  }
}
