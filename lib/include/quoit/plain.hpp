// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <complex>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

/// \file
/// Which C++ types may lie in shared memory: those that are their bytes, and mean the same at any address and in any
/// process. The concept `plain<T>` says so at compile time.
///
/// Trivially copyable is not enough: a struct with a pointer, a reference or a std::string_view in it is that too, and
/// its reader would follow an address of another process. So aggregates are looked into, member by member, nested ones
/// and arrays with them. What cannot be looked into, such as a class with constructors or private members, a union, a
/// struct with a const or reference member or with more than 64 members, must be vouched for by who knows it:
///
/// ```cpp
/// template <>
/// inline constexpr bool quoit::vouched<my::fixed_point> = true;
/// ```
///
/// How members are seen without reflection: an aggregate can be initialised by a list of things that convert to
/// anything, as long as there are members for them; and if one thing in that list converts to pointers alone, the list
/// fits only where the member is one. (The idea of Boost.PFR.)

namespace quoit {

/// Specialise it as true for a type that holds no address and cannot be looked into, before its first use.
template <class T>
inline constexpr bool vouched = false;

template <class T>
inline constexpr bool vouched<std::complex<T>> = std::is_arithmetic_v<T>;

template <class Rep, class Period>
inline constexpr bool vouched<std::chrono::duration<Rep, Period>> = std::is_arithmetic_v<Rep>;

template <class Clock, class Duration>
inline constexpr bool vouched<std::chrono::time_point<Clock, Duration>> = vouched<Duration>;

/// Types of the standard library that refer to something else: no vouching is asked for.
template <class T>
inline constexpr bool refers = false;
template <class C, class Traits>
inline constexpr bool refers<std::basic_string_view<C, Traits>> = true;
template <class T, std::size_t N>
inline constexpr bool refers<std::span<T, N>> = true;
template <class T>
inline constexpr bool refers<std::reference_wrapper<T>> = true;

/// What is known of a type. Of a struct: the worst of its members.
enum class nature {
  plain,    ///< Numbers, enumerations, arrays and structs of them; what was vouched for.
  address,  ///< A pointer, or a struct that holds one.
  unknown,  ///< Cannot be looked into, and nobody has vouched for it.
};

namespace detail {

template <class T>
constexpr nature nature_of();

/// Converts to anything. Never called, so never defined.
struct anything {
  template <class U>
  constexpr operator U() const noexcept;
};

/// Converts to types of this nature, but to nothing of these here.
template <nature N>
struct only;
template <class U>
inline constexpr bool is_probe = std::is_same_v<U, anything>;
template <nature N>
inline constexpr bool is_probe<only<N>> = true;

template <nature N>
struct only {
  template <class U>
  requires(!is_probe<U>) && (nature_of<U>() == N) constexpr operator U() const noexcept;
};

inline constexpr std::size_t most_members = 64;

template <std::size_t>
using each = anything;

template <std::size_t N>
using count = std::make_index_sequence<N>;

/// Members in the order of a struct, in runs: those of the 1st, 3rd... run are initialised in braces, which takes an
/// array as the one member it is; those of the 2nd, 4th... as they are, which suits classes that braces do not.
/// Whether one more member takes a Probe, as it is or in braces.
template <class T, class Probe, std::size_t... A, std::size_t... B, std::size_t... C, std::size_t... D,
          std::size_t... E, std::size_t... F, std::size_t... G, std::size_t... H>
constexpr bool takes(std::index_sequence<A...>, std::index_sequence<B...>, std::index_sequence<C...>,
                     std::index_sequence<D...>, std::index_sequence<E...>, std::index_sequence<F...>,
                     std::index_sequence<G...>, std::index_sequence<H...>) {
  return requires {
    T{{std::declval<each<A>>()}..., std::declval<each<B>>()...,   {std::declval<each<C>>()}...,
      std::declval<each<D>>()...,   {std::declval<each<E>>()}..., std::declval<each<F>>()...,
      {std::declval<each<G>>()}..., std::declval<each<H>>()...,   std::declval<Probe>()};
  };
}
template <class T, std::size_t... A, std::size_t... B, std::size_t... C, std::size_t... D, std::size_t... E,
          std::size_t... F, std::size_t... G, std::size_t... H>
constexpr bool takes_braces(std::index_sequence<A...>, std::index_sequence<B...>, std::index_sequence<C...>,
                            std::index_sequence<D...>, std::index_sequence<E...>, std::index_sequence<F...>,
                            std::index_sequence<G...>, std::index_sequence<H...>) {
  return requires {
    T{{std::declval<each<A>>()}..., std::declval<each<B>>()...,   {std::declval<each<C>>()}...,
      std::declval<each<D>>()...,   {std::declval<each<E>>()}..., std::declval<each<F>>()...,
      {std::declval<each<G>>()}..., std::declval<each<H>>()...,   {std::declval<anything>()}};
  };
}

/// Whether there is one more member, whatever it is: every member that may be left out may be given as {}.
template <class T, std::size_t... A, std::size_t... B, std::size_t... C, std::size_t... D, std::size_t... E,
          std::size_t... F, std::size_t... G, std::size_t... H>
constexpr bool has_more(std::index_sequence<A...>, std::index_sequence<B...>, std::index_sequence<C...>,
                        std::index_sequence<D...>, std::index_sequence<E...>, std::index_sequence<F...>,
                        std::index_sequence<G...>, std::index_sequence<H...>) {
  return requires {
    T{{std::declval<each<A>>()}..., std::declval<each<B>>()...,   {std::declval<each<C>>()}...,
      std::declval<each<D>>()...,   {std::declval<each<E>>()}..., std::declval<each<F>>()...,
      {std::declval<each<G>>()}..., std::declval<each<H>>()...,   {}};
  };
}

/// The lengths of the runs seen so far.
template <std::size_t... N>
struct runs {
  static constexpr std::size_t members = (N + ...);

  /// With one more member in run R.
  template <std::size_t R>
  static constexpr auto grown() {
    return []<std::size_t... I>(std::index_sequence<I...>) { return runs<N + (I == R)...>{}; }
    (count<sizeof...(N)>{});
  }
};

/// What the members behind those that are already seen are like. R is the run of the last one.
template <class T, std::size_t R, std::size_t... N>
constexpr nature nature_of_members(runs<N...> seen) {
  if constexpr (seen.members > most_members) {
    return nature::unknown;
  } else if constexpr (takes<T, only<nature::address>>(count<N>{}...)) {
    return nature::address;
  } else if constexpr (takes<T, only<nature::unknown>>(count<N>{}...)) {
    return nature::unknown;
  } else if constexpr (takes_braces<T>(count<N>{}...)) {
    constexpr auto run = R + R % 2;
    if constexpr (run >= sizeof...(N))
      return nature::unknown;
    else
      return nature_of_members<T, run>(seen.template grown<run>());
  } else if constexpr (takes<T, anything>(count<N>{}...)) {
    constexpr auto run = R + (R + 1) % 2;
    return nature_of_members<T, run>(seen.template grown<run>());
  } else {
    constexpr bool all_seen = seen.members > 0 ? !has_more<T>(count<N>{}...) : std::is_empty_v<T>;
    return all_seen ? nature::plain : nature::unknown;
  }
}

template <class T>
constexpr nature nature_of() {
  using value = std::remove_cv_t<std::remove_all_extents_t<T>>;
  if constexpr (refers<value>) {
    return nature::address;
  } else if constexpr (vouched<value> || std::is_arithmetic_v<value> || std::is_enum_v<value>) {
    return nature::plain;
  } else if constexpr (std::is_pointer_v<value> || std::is_member_pointer_v<value> || std::is_null_pointer_v<value>) {
    return nature::address;
  } else if constexpr (!std::is_class_v<value>) {
    return nature::unknown;  // unions; numbers that only this compiler has
  } else if constexpr (!std::is_aggregate_v<value> || !std::is_copy_assignable_v<value>) {
    return nature::unknown;
  } else {
    return nature_of_members<value, 0>(runs<0, 0, 0, 0, 0, 0, 0, 0>{});
  }
}

}  // namespace detail

template <class T>
inline constexpr nature nature_of = detail::nature_of<T>();

/// T is its bytes, and holds no address.
template <class T>
concept plain = std::is_object_v<T> && std::is_trivially_copyable_v<T> && nature_of<T>
== nature::plain;

}  // namespace quoit
