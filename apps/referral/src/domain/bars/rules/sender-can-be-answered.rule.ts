import { error, warning, type Issue } from '#fhir';
import { type Message } from '../message.js';

/** source.endpoint is the return address of everything that is sent back later. */
export function senderCanBeAnswered({ header }: Message): Issue[] {
  const { source, sender } = header.resource as Partial<typeof header.resource>;
  const endpoint = source?.endpoint ?? '';
  return [
    ...(endpoint === ''
      ? [error('required', 'The source has no endpoint: nothing could be sent back.', `${header.path}.source.endpoint`)]
      : []),
    ...(sender === undefined
      ? [
          warning(
            'required',
            'MessageHeader.sender is missing; name the sending organisation.',
            `${header.path}.sender`,
          ),
        ]
      : []),
  ];
}
