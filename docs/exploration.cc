// Writes docs/exploration.md and docs/exploration.json: how fast exploration
// is, and what it finds of the race mutants beside what plain stress finds.
//
//   tools/bazel run -c opt //docs:exploration                 (18 minutes)
//   tools/bazel run -c opt //docs:exploration -- --figures     only how fast
//   tools/bazel run -c opt //docs:exploration -- --mutant=NAME only its row
//   tools/bazel run //docs:exploration -- --render             only the page
//
// With --check it only says whether the page is made from the figures.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/contenders/lockfile/adapter.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/workers.h"
#include "conformance/explorer/testing/languages/language.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/races.h"
#include "conformance/runner.h"
#include "conformance/stress/stress.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(absl::Duration, stress, absl::Seconds(30), "of each mutant");
ABSL_FLAG(bool, check, false, "only compare the page with the figures");
ABSL_FLAG(std::string, mutant, "", "only compare this one, again");
ABSL_FLAG(bool, figures, false, "only measure how fast it is");
ABSL_FLAG(bool, render, false, "only write the page, from the figures");

namespace conformance {
namespace {

using explorer::CampaignOptions;
using explorer::Explored;
using explorer::Finding;
using explorer::Search;
using explorer::Searched;
using Json = nlohmann::ordered_json;

// ---- What is measured -------------------------------------------------------

// open, flock and close, and nothing else.
class BareFlock : public Implementation {
 public:
  Introduction Describe() const override { return {"bare flock", "1", 0, {}}; }
  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return Attempt::Error(::strerror(errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      return Attempt::Acquired(std::make_unique<Held>(fd));
    }
    const bool busy = errno == EWOULDBLOCK;
    ::close(fd);
    return busy ? Attempt::Busy() : Attempt::Error("flock");
  }

 private:
  class Held : public HeldLock {
   public:
    explicit Held(int fd) : fd_(fd) {}
    std::string Release() override { return ::close(fd_) == 0 ? "" : "close"; }

   private:
    int fd_;
  };
};

struct Subject {
  std::string name;
  ContenderSource source;
};

// Those that need no library, compiled into `folder`.
std::vector<Subject> OtherLanguages(const std::string& folder) {
  std::vector<Subject> all;
  for (const explorer::Language& language : explorer::Languages()) {
    const absl::StatusOr<ContenderSource> source =
        explorer::ContenderIn(language.name, folder);
    if (!source.ok()) {
      std::cerr << "left out: " << language.title << ": "
                << source.status().message() << "\n";
      continue;
    }
    all.push_back({language.title, *source});
  }
  return all;
}

ContenderSource BareFlockSource() {
  return ContenderSource::LinkedIn(
      [] { return std::make_unique<BareFlock>(); });
}

std::vector<Subject> Subjects(const std::string& folder) {
  std::vector<Subject> all = {
      {"bare `flock`, C++", BareFlockSource()},
      {"`lockfile::LockFile`, C++",
       ContenderSource::LinkedIn([] { return MakeLockFileAdapter(); })},
  };
  const std::string contenders = "conformance/contenders/";
  for (const auto& [name, file] :
       std::vector<std::pair<const char*, const char*>>{
           {"zc.lockfile, Python", "zc_lockfile/contender.py"},
           {"py-filelock, Python", "filelock/contender.py"},
           {"flock(1), Bash", "flock/contender.sh"}}) {
    // Run from where the runfiles are.
    ContenderSource source;
    char* const path = ::realpath((contenders + file).c_str(), nullptr);
    if (path == nullptr) continue;
    source.command = {path};
    ::free(path);
    all.push_back({name, source});
  }
  const std::vector<Subject> others = OtherLanguages(folder);
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

// One search on one core, done again and again for so long.
absl::StatusOr<Searched> Measure(const ContenderSource& source,
                                 const Search& search,
                                 const std::string& folder,
                                 absl::Duration at_least = absl::Seconds(2),
                                 int processor = -1) {
  explorer::ExplorerOptions options;
  options.source = source;
  options.directory = folder;
  options.processor = processor;
  absl::StatusOr<std::unique_ptr<explorer::Explorer>> created =
      explorer::Explorer::Create(options);
  if (!created.ok()) return created.status();
  // What is done once shall not count.
  Search first;
  explorer::Run warm = explorer::Explorer::Begin(first, {});
  absl::Status status = (*created)->Continue(warm, absl::InfiniteDuration());
  if (!status.ok()) return status;
  std::optional<Searched> all;
  int times = 0;
  while (!all.has_value() || all->took < at_least) {
    explorer::Run run = explorer::Explorer::Begin(search, {});
    status = (*created)->Continue(run, MonotonicNow() + absl::Seconds(20));
    if (!status.ok()) return status;
    const absl::Duration took =
        run.searched.took +
        (all.has_value() ? all->took : absl::ZeroDuration());
    if (all.has_value()) {
      all->Merge(run.searched);
    } else {
      all = std::move(run.searched);
    }
    all->took = took;
    ++times;
  }
  // Of one.
  all->statistics.schedules /= times;
  all->statistics.pruned /= times;
  all->statistics.steps /= times;
  all->took /= times;
  return *std::move(all);
}

Json MeasureIn(const Subject& subject, const std::string& folder) {
  Json json = {{"name", subject.name}};
  Search two;
  two.cycles = {2, 2};
  Search three;
  three.cycles = {2, 1, 1};
  Search crashes;
  crashes.faults = Search::Faults::kCrashes;
  crashes.max_preemptions = 1;
  Search failures = crashes;
  failures.faults = Search::Faults::kFailures;
  for (const auto& [key, search] :
       std::vector<std::pair<const char*, Search>>{{"two", two},
                                                   {"three", three},
                                                   {"crashes", crashes},
                                                   {"failures", failures}}) {
    const absl::StatusOr<Searched> searched =
        Measure(subject.source, search, folder);
    if (!searched.ok()) {
      json["error"] = std::string(searched.status().message());
      break;
    }
    json[key] = {{"schedules", searched->statistics.schedules},
                 {"pruned", searched->statistics.pruned},
                 {"steps", searched->statistics.steps},
                 {"seconds", absl::ToDoubleSeconds(searched->took)},
                 {"complete", searched->complete}};
  }
  return json;
}

// What `body` gives in so many processes at once, each told its number.
std::vector<Json> InParallel(int processes,
                             const std::function<Json(int)>& body) {
  std::vector<int> results;
  for (int k = 0; k < processes; ++k) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      const std::string text = body(k).dump();
      for (size_t written = 0; written < text.size();) {
        const ssize_t n =
            ::write(ends[1], text.data() + written, text.size() - written);
        if (n < 0) ::_exit(1);
        written += static_cast<size_t>(n);
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    results.push_back(ends[0]);
  }
  std::vector<Json> all;
  for (const int result : results) {
    std::string text;
    std::array<char, 4096> chunk;
    ssize_t n = 0;
    while ((n = ::read(result, chunk.data(), chunk.size())) > 0) {
      text.append(chunk.data(), static_cast<size_t>(n));
    }
    ::close(result);
    all.push_back(Json::parse(text, nullptr, false));
    if (all.back().is_discarded()) {
      std::cerr << "one of " << processes << " processes told nothing\n";
    }
  }
  while (::wait(nullptr) > 0) {
  }
  return all;
}

// Schedules a second of processes that each search 2+2 cycles, all at once.
absl::StatusOr<double> MeasureApart(int processes) {
  const std::vector<Json> rates = InParallel(processes, [](int processor) {
    const absl::StatusOr<std::string> text =
        explorer::RunApart("", [&](const std::string& folder) {
          Search search;
          search.cycles = {2, 2};
          const absl::StatusOr<Searched> searched = Measure(
              BareFlockSource(), search, folder, absl::Seconds(10), processor);
          if (!searched.ok()) return Json(searched.status().ToString()).dump();
          const explorer::Statistics& n = searched->statistics;
          return Json(static_cast<double>(n.schedules + n.pruned) /
                      absl::ToDoubleSeconds(searched->took))
              .dump();
        });
    return text.ok() ? Json::parse(*text, nullptr, false)
                     : Json(text.status().ToString());
  });
  double sum = 0;
  for (const Json& rate : rates) {
    // The sum of the others would look like a measurement.
    if (!rate.is_number()) return absl::UnavailableError(rate.dump());
    sum += rate.get<double>();
  }
  return sum;
}

// Steps a second of as many processes as there are processors, and of one.
Json MeasureCores() {
  Json json;
  const int cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  for (const int jobs : {1, cores}) {
    explorer::WorkersOptions options;
    options.campaign.explorer.source = BareFlockSource();
    options.campaign.plan.cycles = {2, 2, 2};
    options.campaign.plan.crashes = options.campaign.plan.failures = false;
    options.campaign.budget = absl::Seconds(10);
    options.jobs = jobs;
    const absl::StatusOr<Explored> explored = explorer::RunWorkers(options);
    if (!explored.ok()) {
      std::cerr << explored.status() << "\n";
      continue;
    }
    Json row = {{"jobs", jobs}};
    double steps = 0;
    double schedules = 0;
    for (const Searched& searched : explored->searched) {
      steps += static_cast<double>(searched.statistics.steps);
      schedules += static_cast<double>(searched.statistics.schedules +
                                       searched.statistics.pruned);
    }
    row["steps"] = steps;
    row["schedules"] = schedules;
    row["seconds"] = absl::ToDoubleSeconds(explored->took);
    const absl::StatusOr<double> apart = MeasureApart(jobs);
    if (!apart.ok()) {
      std::cerr << apart.status() << "\n";
      continue;
    }
    row["apart"] = *apart;
    json.push_back(row);
  }
  return json;
}

Json MeasureAll() {
  Json all = Json::array();
  std::string folder =
      (std::filesystem::temp_directory_path() / "exploration.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return all;
  for (const Subject& subject : Subjects(folder)) {
    std::cerr << "measuring " << subject.name << "\n";
    const absl::StatusOr<std::string> text =
        explorer::RunApart("", [&](const std::string& folder) {
          return MeasureIn(subject, folder).dump();
        });
    if (!text.ok()) {
      std::cerr << subject.name << ": " << text.status().message() << "\n";
      continue;
    }
    all.push_back(Json::parse(*text));
  }
  std::filesystem::remove_all(folder);
  return all;
}

Json Compare(const Mutant& mutant, const std::string& folder) {
  ContenderSource source;
  source.main = mutant.main;
  explorer::StressOptions stress_options;
  stress_options.duration = absl::GetFlag(FLAGS_stress);
  stress_options.directory = folder;
  const absl::StatusOr<explorer::StressResult> stress =
      explorer::Stress(source, stress_options);
  Json json = {{"mutant", std::string(mutant.name)},
               {"defect", std::string(mutant.defect)}};
  if (!stress.ok()) {
    json["error"] = std::string(stress.status().message());
    return json;
  }
  json["stress"] = {{"violation", stress->violation},
                    {"seconds", absl::ToDoubleSeconds(stress->took)},
                    {"acquisitions", stress->acquisitions}};
  CampaignOptions options;
  options.explorer.source = source;
  options.explorer.directory = folder;
  options.plan.three = true;
  options.stop_at_first = true;
  const absl::StatusOr<Explored> explored = explorer::RunCampaign(options);
  if (!explored.ok()) {
    json["error"] = std::string(explored.status().message());
    return json;
  }
  int64_t schedules = 0;
  for (const Searched& searched : explored->searched) {
    schedules += searched.statistics.schedules + searched.statistics.pruned;
  }
  const std::vector<const Finding*> findings = explored->Findings();
  json["exploration"] = {
      {"violation", findings.empty() ? "" : findings.front()->violation},
      {"schedule",
       findings.empty() ? "" : findings.front()->schedule.ToString()},
      {"seconds", absl::ToDoubleSeconds(explored->took)},
      {"schedules", schedules}};
  return json;
}

Json CompareApart(const Mutant& mutant) {
  const absl::StatusOr<std::string> text =
      explorer::RunApart("", [&](const std::string& folder) {
        return Compare(mutant, folder).dump();
      });
  if (text.ok()) return Json::parse(*text);
  // A row that is missing would look like a mutant that doesn't exist.
  return {{"mutant", std::string(mutant.name)},
          {"defect", std::string(mutant.defect)},
          {"error", std::string(text.status().message())}};
}

// The row of the mutant that --mutant names, if there is one.
bool CompareOne(Json& rows) {
  const std::string name = absl::GetFlag(FLAGS_mutant);
  for (const Mutant& mutant : AllRaceMutants()) {
    if (mutant.name != name) continue;
    for (Json& row : rows) {
      if (row["mutant"] == name) row = CompareApart(mutant);
    }
    return true;
  }
  std::cerr << "there is no race mutant " << name << "\n";
  return false;
}

// By two processes, each with every second mutant.
Json CompareAll() {
  constexpr int kProcesses = 2;
  const std::vector<Mutant>& mutants = AllRaceMutants();
  const std::vector<Json> parts = InParallel(kProcesses, [&](int k) {
    Json rows = Json::array();
    for (size_t i = static_cast<size_t>(k); i < mutants.size();
         i += kProcesses) {
      std::cerr << "comparing " << mutants[i].name << "\n";
      rows.push_back(CompareApart(mutants[i]));
    }
    return rows;
  });
  Json all = Json::array();
  for (const Json& rows : parts) {
    if (!rows.is_array()) continue;
    for (const Json& row : rows) all.push_back(row);
  }
  std::sort(all.begin(), all.end(), [](const Json& a, const Json& b) {
    return a["mutant"].get<std::string>() < b["mutant"].get<std::string>();
  });
  return all;
}

// ---- The page ---------------------------------------------------------------

std::string Number(double value) {
  std::string text = absl::StrFormat("%.0f", value);
  for (int i = static_cast<int>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(static_cast<size_t>(i), ",");
  }
  return text;
}

double Rate(const Json& search, const char* what) {
  return search[what].get<double>() /
         std::max(search["seconds"].get<double>(), 1e-6);
}

std::string Figures(const Json& figures) {
  std::string page =
      "| Contender | schedules a second | steps a second | 2+2 cycles | "
      "2+1+1 cycles | crash points a second | failing calls a second |\n"
      "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Json& row : figures) {
    absl::StrAppend(&page, "| ", row["name"].get<std::string>(), " | ");
    if (row.contains("error")) {
      absl::StrAppend(&page, row["error"].get<std::string>(), " | | | | | |\n");
      continue;
    }
    const auto duration = [](const Json& search) {
      return search["complete"].get<bool>()
                 ? absl::StrFormat("%.2f s", search["seconds"].get<double>())
                 : absl::StrFormat("not done in %.0f s",
                                   search["seconds"].get<double>());
    };
    const Json& two = row["two"];
    absl::StrAppend(&page, Number(Rate(two, "schedules") + Rate(two, "pruned")),
                    " | ", Number(Rate(two, "steps")), " | ", duration(two),
                    " | ", duration(row["three"]), " | ",
                    Number(Rate(row["crashes"], "schedules")), " | ",
                    Number(Rate(row["failures"], "schedules")), " |\n");
  }
  return page;
}

std::string Cores(const Json& cores) {
  std::string page =
      "\nSeveral processes share the work; three contenders of bare `flock`, "
      "two cycles each, at most two preemptions, for ten seconds. Beside it, "
      "what they do when each goes through 2+2 cycles by itself:\n\n"
      "| Processes | schedules a second | steps a second | 2+2 cycles, "
      "schedules a second |\n"
      "| --- | --- | --- | --- |\n";
  for (const Json& row : cores) {
    absl::StrAppend(&page, "| ", row["jobs"].get<int>(), " | ",
                    Number(Rate(row, "schedules")), " | ",
                    Number(Rate(row, "steps")), " | ",
                    Number(row["apart"].get<double>()), " |\n");
  }
  return page;
}

std::string Races(const Json& races) {
  std::string page =
      "| Mutant | Defect | Plain stress | Exploration | Schedule |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const Json& row : races) {
    absl::StrAppend(&page, "| `", row["mutant"].get<std::string>(), "` | ",
                    row["defect"].get<std::string>(), " | ");
    if (row.contains("error")) {
      absl::StrAppend(&page, row["error"].get<std::string>(), " | | |\n");
      continue;
    }
    const Json& stress = row["stress"];
    const Json& exploration = row["exploration"];
    absl::StrAppend(
        &page,
        stress["violation"].get<std::string>().empty()
            ? absl::StrFormat("**survives** %.0f s, ",
                              stress["seconds"].get<double>())
            : absl::StrFormat("caught after %.3g s, ",
                              stress["seconds"].get<double>()),
        Number(stress["acquisitions"].get<double>()), " acquisitions | ",
        exploration["violation"].get<std::string>().empty()
            ? "**survives**"
            : exploration["violation"].get<std::string>(),
        absl::StrFormat(", %.2g s, ", exploration["seconds"].get<double>()),
        Number(exploration["schedules"].get<double>()), " schedules | `",
        exploration["schedule"].get<std::string>(), "` |\n");
  }
  return page;
}

std::string Page(const Json& json) {
  int survive_stress = 0;
  int survive_exploration = 0;
  for (const Json& row : json["races"]) {
    if (row.contains("error")) continue;
    survive_stress += row["stress"]["violation"].get<std::string>().empty();
    survive_exploration +=
        row["exploration"]["violation"].get<std::string>().empty();
  }
  return absl::StrCat(
      "# Exploration in figures\n\n"
      "<!-- Generated: tools/bazel run -c opt //docs:exploration -->\n\n"
      "What it is, and how to read a certificate: "
      "[exploring.md](exploring.md).\n\n"
      "## How fast\n\n"
      "By one process on one core, contenders kept alive. *2+2 cycles*: two "
      "contenders that acquire and release twice each, every interleaving up "
      "to equivalence, from an empty folder; its rates count the schedules "
      "that were run and those that were given up as equivalent. *2+1+1*: "
      "three contenders, as well. Crash points and failing calls: two "
      "contenders with one cycle each, at most one preemption, one crash or "
      "failure in each schedule.\n\n",
      Figures(json["figures"]), Cores(json["cores"]),
      "\n## What stress misses\n\n"
      "Each mutant is a lock as long as nobody interferes. Plain stress: three "
      "contenders acquire and release as fast as they can. Exploration: "
      "everything that `lockcheck explore` does, by one process, up to the "
      "first search with a finding, the time to make its schedule simple "
      "included. Of ",
      json["races"].size(), " mutants, ", survive_stress,
      " survive stress for ", json["stress"].get<std::string>(), ", and ",
      survive_exploration, " survive exploration.\n\n", Races(json["races"]));
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) {
    std::cerr << "cannot read " << path << "\n";
    std::exit(2);
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) {
    std::cerr << "cannot write " << path << "\n";
    return 2;
  }
  std::cout << "wrote " << path << "\n";
  return 0;
}

int Main() {
  const char* const workspace = ::getenv("BUILD_WORKSPACE_DIRECTORY");
  const std::string docs =
      absl::StrCat(workspace == nullptr ? "." : workspace, "/docs/exploration");
  if (absl::GetFlag(FLAGS_check)) {
    if (Page(Json::parse(ReadFile("docs/exploration.json"))) ==
        ReadFile("docs/exploration.md")) {
      return 0;
    }
    std::cerr << "docs/exploration.md isn't made from the figures; run: "
                 "tools/bazel run //docs:exploration -- --render\n";
    return 1;
  }
  if (absl::GetFlag(FLAGS_render)) {
    return Write(docs + ".md", Page(Json::parse(ReadFile(docs + ".json"))));
  }
  InitializeRunner();
  Json json;
  if (absl::GetFlag(FLAGS_figures))
    json = Json::parse(ReadFile(docs + ".json"));
  if (!absl::GetFlag(FLAGS_mutant).empty()) {
    json = Json::parse(ReadFile(docs + ".json"));
    if (!CompareOne(json["races"])) return 2;
    const int written = Write(docs + ".json", json.dump(1) + "\n");
    return written != 0 ? written : Write(docs + ".md", Page(json));
  }
  json["figures"] = MeasureAll();
  json["cores"] = MeasureCores();
  if (!absl::GetFlag(FLAGS_figures)) {
    json["stress"] = absl::FormatDuration(absl::GetFlag(FLAGS_stress));
    json["races"] = CompareAll();
  }
  const int status = Write(docs + ".json", json.dump(1) + "\n");
  return status != 0 ? status : Write(docs + ".md", Page(json));
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("writes docs/exploration.md");
  absl::ParseCommandLine(argc, argv);
  return conformance::Main();
}
