export { makeCertificate, makeRequest, type CertificateWithKey } from "../../components/host/standIns";
