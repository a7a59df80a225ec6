// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// \file
/// Text that others have written, before it is shown to anybody. It must not change meanwhile: copy it first if it lies
/// in shared memory.

namespace quoit::sys {

/// The length of the character of UTF-8 that stands there, or 0 if none does.
inline std::size_t character_at(std::string_view text, std::size_t i) noexcept {
  auto const byte = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
  auto const first = byte(0);
  std::size_t const size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  if (size == 0 || size > text.size() - i) return 0;
  for (std::size_t k = 1; k < size; ++k) {
    if ((byte(k) & 0xC0U) != 0x80U) return 0;
  }
  // Too long for what they say, surrogates, and beyond the last one.
  auto const second = size > 1 ? byte(1) : 0U;
  bool const wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                     (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return wrong ? 0 : size;
}

/// The same, and 0 for a control character: of ASCII, or of Latin-1 (U+0080 to U+009F), which some terminals obey, too.
inline std::size_t harmless_at(std::string_view text, std::size_t i) noexcept {
  auto const n = character_at(text, i);
  auto const last = n == 0 ? 0U : static_cast<unsigned char>(text[i + n - 1]);
  bool const control = (n == 1 && (last < 0x20 || last == 0x7F)) || (n == 2 && text[i] == '\xC2' && last < 0xA0);
  return control ? 0 : n;
}

/// With '?' for each byte of anything else.
inline std::string harmless(std::string text) {
  for (std::size_t i = 0; i < text.size();) {
    auto const n = harmless_at(text, i);
    if (n == 0) text[i] = '?';
    i += n == 0 ? 1 : n;
  }
  return text;
}

}  // namespace quoit::sys
