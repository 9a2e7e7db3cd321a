import { SQSClient } from '@aws-sdk/client-sqs'
import type { Queue } from '../../domain/ports.ts'
import { sqsQueue } from '../../queue/sqs-queue.ts'
import { clientOptions } from '../aws-clients.ts'
import { configuration } from '../configuration.ts'

export const queue: Queue = sqsQueue(new SQSClient(clientOptions(configuration.sqsEndpoint())), configuration.queueUrl)
