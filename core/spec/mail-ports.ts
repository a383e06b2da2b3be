/** True of ports that speak TLS from the first byte; on others it begins by STARTTLS when the server offers it. */
export const isTlsPort = (port: number): boolean => port === 465 || port === 2465
