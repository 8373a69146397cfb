// Builds any protobuf message from an input, by reflection.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace zoobar {

// Values that lead further than random ones. A target adds its members, tokens and numbers.
struct WorthTrying {
  std::vector<std::string> bytes = {"", "x"};
  std::vector<std::uint64_t> numbers = {0, 1, 2, 3, 10, 100, 101};
};

class MessageBuilder {
 public:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  MessageBuilder(FuzzedDataProvider& input, const WorthTrying& values) : input_(input), values_(values) {}

  static std::unique_ptr<Message> New(const google::protobuf::Descriptor* type) {
    return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  }

  void Fill(Message& message, int depth = 0) {
    const auto* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const Field* field = type->field(i);
      if (field->real_containing_oneof() || input_.ConsumeIntegralInRange(0, 7) == 0) continue;
      Set(message, field, depth);
    }
    for (int i = 0; i < type->real_oneof_decl_count(); ++i) {
      const auto* oneof = type->oneof_decl(i);
      const int chosen = input_.ConsumeIntegralInRange(0, oneof->field_count());
      if (chosen < oneof->field_count()) Set(message, oneof->field(chosen), depth);
    }
  }

  std::string SomeBytes() {
    std::string bytes = Worth();
    switch (input_.ConsumeIntegralInRange(0, 9)) {
      case 0:
        return input_.ConsumeRandomLengthString(80);
      case 1:
        return std::string(input_.PickValueInArray(kSizes), input_.ConsumeBool() ? 'a' : '\xff');
      case 2:
        if (!bytes.empty()) bytes[input_.ConsumeIntegralInRange<std::size_t>(0, bytes.size() - 1)] ^= '\x01';
        return bytes;
      case 3:
        return bytes.substr(0, input_.ConsumeIntegralInRange<std::size_t>(0, bytes.size()));
      case 4:
        return bytes + Worth();
      default:
        return bytes;
    }
  }

  std::uint64_t SomeNumber() {
    switch (input_.ConsumeIntegralInRange(0, 5)) {
      case 0:
        return input_.ConsumeIntegral<std::uint64_t>();
      case 1:
        return input_.PickValueInArray(kEdges);
      case 2:
        return 0 - AWorthyNumber();
      default:
        return AWorthyNumber();
    }
  }

 private:
  // The sizes of ids, names, keys, notes, files and frames, and one more than each.
  static constexpr std::size_t kSizes[] = {1,   8,   15,  16,  17,  31,  32,    33,    64,     128,
                                           129, 200, 201, 255, 256, 512, 65536, 65537, 131072, 300000};
  static constexpr std::uint64_t kEdges[] = {std::numeric_limits<std::int64_t>::max(),
                                             std::uint64_t{1} << 63,
                                             std::numeric_limits<std::uint32_t>::max(),
                                             std::numeric_limits<std::int32_t>::max(),
                                             std::uint64_t{1} << 31,
                                             std::numeric_limits<std::uint64_t>::max(),
                                             std::uint64_t{1} << 32};

  const std::string& Worth() {
    return values_.bytes[input_.ConsumeIntegralInRange<std::size_t>(0, values_.bytes.size() - 1)];
  }
  std::uint64_t AWorthyNumber() {
    return values_.numbers[input_.ConsumeIntegralInRange<std::size_t>(0, values_.numbers.size() - 1)];
  }

  void Set(Message& message, const Field* field, int depth) {
    int count = 1;
    if (field->is_repeated()) {
      count = input_.ConsumeIntegralInRange(0, 4);
      if (count == 4 && depth == 0) count = input_.PickValueInArray({16, 17, 21, 100, 101, 500});
    }
    // Long lists repeat one element, so that they cost the input no bytes.
    for (int i = 0; i < count && i < 4; ++i) SetOne(message, field, depth);
    const auto* reflection = message.GetReflection();
    for (int i = 4; i < count; ++i) {
      switch (field->cpp_type()) {
        case Field::CPPTYPE_STRING:
          reflection->AddString(&message, field, reflection->GetRepeatedString(message, field, i % 4));
          break;
        case Field::CPPTYPE_MESSAGE:
          reflection->AddMessage(&message, field)->CopyFrom(reflection->GetRepeatedMessage(message, field, i % 4));
          break;
        default:
          SetOne(message, field, depth);
      }
    }
  }

  void SetOne(Message& message, const Field* field, int depth) {
    const auto* reflection = message.GetReflection();
    const auto set = [&](auto value, auto setter, auto adder) {
      if (field->is_repeated()) {
        (reflection->*adder)(&message, field, value);
      } else {
        (reflection->*setter)(&message, field, value);
      }
    };
    using google::protobuf::Reflection;
    switch (field->cpp_type()) {
      case Field::CPPTYPE_INT32:
        return set(static_cast<std::int32_t>(SomeNumber()), &Reflection::SetInt32, &Reflection::AddInt32);
      case Field::CPPTYPE_INT64:
        return set(static_cast<std::int64_t>(SomeNumber()), &Reflection::SetInt64, &Reflection::AddInt64);
      case Field::CPPTYPE_UINT32:
        return set(static_cast<std::uint32_t>(SomeNumber()), &Reflection::SetUInt32, &Reflection::AddUInt32);
      case Field::CPPTYPE_UINT64:
        return set(SomeNumber(), &Reflection::SetUInt64, &Reflection::AddUInt64);
      case Field::CPPTYPE_DOUBLE:
        return set(input_.ConsumeFloatingPoint<double>(), &Reflection::SetDouble, &Reflection::AddDouble);
      case Field::CPPTYPE_FLOAT:
        return set(input_.ConsumeFloatingPoint<float>(), &Reflection::SetFloat, &Reflection::AddFloat);
      case Field::CPPTYPE_BOOL:
        return set(input_.ConsumeBool(), &Reflection::SetBool, &Reflection::AddBool);
      case Field::CPPTYPE_ENUM:
        return set(SomeEnum(field), &Reflection::SetEnumValue, &Reflection::AddEnumValue);
      case Field::CPPTYPE_STRING:
        if (field->is_repeated()) return reflection->AddString(&message, field, SomeBytes());
        return reflection->SetString(&message, field, SomeBytes());
      case Field::CPPTYPE_MESSAGE:
        if (depth >= 5) return;
        return Fill(*(field->is_repeated() ? reflection->AddMessage(&message, field)
                                           : reflection->MutableMessage(&message, field)),
                    depth + 1);
    }
  }

  // Mostly a value that the enum has, also one that it lacks.
  int SomeEnum(const Field* field) {
    const auto* type = field->enum_type();
    const int chosen = input_.ConsumeIntegralInRange(0, type->value_count());
    return chosen < type->value_count() ? type->value(chosen)->number() : 77;
  }

  FuzzedDataProvider& input_;
  const WorthTrying& values_;
};

}  // namespace zoobar
