export { selfSigned } from '../../lab/src/attacks/application/certificate.ts'
