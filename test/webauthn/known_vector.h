// The registration and the login of WebAuthn Level 3, section 16.2 ("ES256 Credential with No Attestation").
#pragma once

#include <sodium.h>

#include <string>
#include <string_view>

namespace zoobar::known_vector {

inline std::string Unhex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(), nullptr, nullptr,
                 nullptr);
  return bytes;
}

inline constexpr std::string_view kOrigin = "https://example.org";
inline const std::string kNewChallenge = Unhex("00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130");
inline const std::string kNewClientData = Unhex(
    "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134"
    "313759"
    "447742466938767049612d7077386f4f75565734544122"
    "2c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c2265787472"
    "614461"
    "7461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c64"
    "732069"
    "6e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d");
// The authenticator data in the attestation object.
inline const std::string kNewData = Unhex(
    "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f"
    "391db4"
    "c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856"
    "062eb2"
    "49c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220");
inline const std::string kId = Unhex("f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4");
inline const std::string kChallenge = Unhex("39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408");
inline const std::string kClientData = Unhex(
    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049"
    "393770"
    "767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73"
    "734f72"
    "6967696e223a66616c73657d");
inline const std::string kData = Unhex("bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000");
inline const std::string kSignature = Unhex(
    "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78"
    "c6e486"
    "013f937295ea13653e331e87");

}  // namespace zoobar::known_vector
