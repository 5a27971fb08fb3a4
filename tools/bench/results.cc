// Tables, JSON and the plot.

#include "tools/bench/results.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tools/bench/statistics.h"

namespace bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::string_view kHandOver = "hand-over, median";

std::string Number(double value) {
  if (value >= 1000) return absl::StrFormat("%.0f", value);
  if (value >= 100) return absl::StrFormat("%.1f", value);
  if (value >= 1) return absl::StrFormat("%.2f", value);
  return absl::StrFormat("%.3f", value);
}

std::string RatioOf(const Figure& figure) {
  if (figure.baseline.empty()) return "";
  return absl::StrFormat("%.2f (%.2f-%.2f)", figure.ratio, figure.ratio_low,
                         figure.ratio_high);
}

std::string Spread(const Figure& figure) {
  return absl::StrCat(Number(figure.low), "-", Number(figure.high));
}

std::string GoalText(const Goal& goal) {
  return absl::StrFormat("%s: %s, goal %s %s", goal.what, Number(goal.found),
                         goal.at_most ? "at most" : "at least",
                         Number(goal.bound));
}

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

}  // namespace

const Figure* Results::Find(absl::string_view work,
                            absl::string_view variant) const {
  for (const Figure& figure : figures) {
    if (figure.work == work && figure.variant == variant) return &figure;
  }
  return nullptr;
}

Figure MakeFigure(std::string work, std::string variant, std::string unit,
                  const std::vector<double>& values, std::string baseline,
                  const std::vector<double>& baseline_values) {
  Figure figure;
  figure.work = std::move(work);
  figure.variant = std::move(variant);
  figure.unit = std::move(unit);
  figure.value = Median(values);
  figure.low = Quantile(values, 0.25);
  figure.high = Quantile(values, 0.75);
  figure.baseline = std::move(baseline);
  if (!figure.baseline.empty()) {
    const std::vector<double> ratios = Ratios(values, baseline_values);
    figure.ratio = Median(ratios);
    figure.ratio_low = Quantile(ratios, 0.25);
    figure.ratio_high = Quantile(ratios, 0.75);
  }
  return figure;
}

std::string ToJson(const Results& results) {
  Json figures = Json::array();
  for (const Figure& f : results.figures) {
    figures.push_back({{"work", f.work},
                       {"variant", f.variant},
                       {"unit", f.unit},
                       {"value", f.value},
                       {"low", f.low},
                       {"high", f.high},
                       {"baseline", f.baseline},
                       {"ratio", f.ratio},
                       {"ratio_low", f.ratio_low},
                       {"ratio_high", f.ratio_high}});
  }
  Json goals = Json::array();
  for (const Goal& g : results.goals) {
    goals.push_back({{"what", g.what},
                     {"found", g.found},
                     {"at_most", g.at_most},
                     {"bound", g.bound}});
  }
  const Json json = {{"format", "lockbench/1"},
                     {"figures", std::move(figures)},
                     {"goals", std::move(goals)}};
  return absl::StrCat(json.dump(1), "\n");
}

std::optional<Results> FromJson(absl::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object() || json.value("format", "") != "lockbench/1" ||
      !json.contains("figures") || !json.contains("goals")) {
    return std::nullopt;
  }
  Results results;
  for (const Json& f : json["figures"]) {
    Figure figure;
    figure.work = f.value("work", "");
    figure.variant = f.value("variant", "");
    figure.unit = f.value("unit", "");
    figure.value = f.value("value", 0.0);
    figure.low = f.value("low", 0.0);
    figure.high = f.value("high", 0.0);
    figure.baseline = f.value("baseline", "");
    figure.ratio = f.value("ratio", 0.0);
    figure.ratio_low = f.value("ratio_low", 0.0);
    figure.ratio_high = f.value("ratio_high", 0.0);
    results.figures.push_back(std::move(figure));
  }
  for (const Json& g : json["goals"]) {
    results.goals.push_back({g.value("what", ""), g.value("found", 0.0),
                             g.value("at_most", true), g.value("bound", 0.0)});
  }
  return results;
}

std::string ToText(const Results& results) {
  std::string text;
  std::string work;
  for (const Figure& figure : results.figures) {
    if (figure.work != work) {
      work = figure.work;
      absl::StrAppend(&text, "\n", work, "\n");
    }
    absl::StrAppendFormat(
        &text, "  %-34s %9s %-6s %-18s %s%s\n", figure.variant,
        Number(figure.value), figure.unit, Spread(figure), RatioOf(figure),
        figure.baseline.empty() ? std::string()
                                : absl::StrCat(" of ", figure.baseline));
  }
  text += "\nGoals\n";
  for (const Goal& goal : results.goals) {
    absl::StrAppend(&text, goal.Holds() ? "  holds   " : "  MISSED  ",
                    GoalText(goal), "\n");
  }
  return text;
}

std::string ToMarkdown(const Results& results) {
  std::string text =
      "# Performance\n\n"
      "<!-- Generated by `tools/bazel run -c opt //tools:lockbench -- "
      "--docs`; do not edit. -->\n\n"
      "Each figure was measured in turns with its baseline, in one run on one\n"
      "machine of two shared processors. Only the ratios mean something\n"
      "elsewhere; they are medians of pairs, with quartiles.\n\n"
      "![From release to acquisition](performance.svg)\n";
  std::string work;
  for (const Figure& figure : results.figures) {
    if (figure.work != work) {
      work = figure.work;
      absl::StrAppend(&text, "\n## ", work,
                      "\n\n| variant | median | quartiles | ratio | baseline "
                      "|\n| --- | --- | --- | --- | --- |\n");
    }
    absl::StrAppend(&text, "| ", figure.variant, " | ", Number(figure.value),
                    " ", figure.unit, " | ", Spread(figure), " | ",
                    RatioOf(figure), " | ", figure.baseline, " |\n");
  }
  text +=
      "\n## Goals\n\n| goal | found | bound | |\n| --- | --- | --- | --- |\n";
  for (const Goal& goal : results.goals) {
    absl::StrAppend(&text, "| ", goal.what, " | ", Number(goal.found), " | ",
                    goal.at_most ? "at most " : "at least ", Number(goal.bound),
                    " | ", goal.Holds() ? "holds" : "**missed**", " |\n");
  }
  return text;
}

std::string ToSvg(const Results& results) {
  std::vector<const Figure*> bars;
  for (const Figure& figure : results.figures) {
    if (figure.work == kHandOver) bars.push_back(&figure);
  }
  std::sort(bars.begin(), bars.end(), [](const Figure* a, const Figure* b) {
    return a->value < b->value;
  });
  constexpr int kRow = 26;
  constexpr int kLeft = 240;
  constexpr int kWidth = 420;
  constexpr int kTop = 56;
  const int height = kTop + kRow * static_cast<int>(bars.size()) + 40;
  double longest = 10;
  for (const Figure* bar : bars) longest = std::max(longest, bar->value);
  const double decades = std::ceil(std::log10(longest));
  const auto position = [&](double value) {
    return kLeft + kWidth * std::log10(std::max(value, 1.0)) / decades;
  };
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
      "<text x=\"12\" y=\"24\" font-size=\"16\" fill=\"#222\">From one's "
      "release to the next one's acquisition, median</text>\n",
      kLeft + kWidth + 100, height);
  for (int decade = 0; decade <= static_cast<int>(decades); ++decade) {
    const double x = position(std::pow(10, decade));
    const double value = std::pow(10, decade);
    const std::string label =
        value >= 1e6   ? absl::StrFormat("%.0f s", value / 1e6)
        : value >= 1e3 ? absl::StrFormat("%.0f ms", value / 1e3)
                       : absl::StrFormat("%.0f us", value);
    absl::StrAppendFormat(
        &svg,
        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>\n"
        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#666\">%s"
        "</text>\n",
        x, kTop - 8, x, height - 32, x, height - 14, label);
  }
  int y = kTop;
  for (const Figure* bar : bars) {
    const bool ours = absl::StrContains(bar->variant, "LockFile");
    absl::StrAppendFormat(
        &svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#222\">%s</text>\n"
        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n"
        "<text x=\"%.1f\" y=\"%d\" fill=\"#222\">%s us</text>\n",
        kLeft - 8, y + 14, Escape(bar->variant), kLeft, y + 2,
        std::max(1.0, position(bar->value) - kLeft), kRow - 8,
        ours ? "#1b7f4d" : "#8aa4c8", position(bar->value) + 6, y + 14,
        Number(bar->value));
    y += kRow;
  }
  return absl::StrCat(svg, "</svg>\n");
}

}  // namespace bench
