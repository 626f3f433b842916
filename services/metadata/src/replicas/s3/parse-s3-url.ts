export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  /** Undefined: the usual way of the AWS SDK. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** What an `s3://key:secret@bucket/prefix?endpoint=…&region=…` says; undefined when it is no such URL. */
export function parseS3Url(text: string): S3Place | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== 's3:' || url.hostname === '' || url.hash !== '') return undefined;
  const { hostname: bucket, pathname, searchParams, username, password } = url;
  if ((username === '') !== (password === '')) return undefined;
  if ([...searchParams.keys()].some((name) => name !== 'endpoint' && name !== 'region')) return undefined;
  const endpoint = searchParams.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) return undefined;
  try {
    return {
      bucket,
      prefix: decodeURIComponent(pathname.replace(/^\/+|\/+$/g, '')),
      // MinIO and R2 take this one for their own.
      region: searchParams.get('region') ?? (endpoint === undefined ? undefined : 'us-east-1'),
      endpoint,
      credentials:
        username === ''
          ? undefined
          : { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) },
    };
  } catch {
    return undefined;
  }
}
