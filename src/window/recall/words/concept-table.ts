/**
 * General English: on the left of each row the names of a kind, on the right common words of that kind. A question says
 * "hobby", "pet", "instrument"; the answer names one. Written from general knowledge, not from a data set. Add a row only if it
 * improves bench/recall over all conversations together.
 */
export const conceptTable: string = `
activity hobby pastime interest leisure recreation unwind relax fun outing: hike hiking camp camping swim swimming run running jog walk paint painting draw drawing pottery cook cooking bake baking read reading write writing garden gardening fish fishing dance dancing sing singing yoga meditate cycling bike skate ski surf climb kayak knit sew photography game gaming chess craft museum picnic movie concert volunteer workout gym travel puzzle
exercise workout fitness sport athletic training: run running jog gym swim hike yoga cycling bike weights pilates boxing basketball football soccer tennis volleyball baseball hockey golf ski skate surf climb marathon race stretch cardio treadmill dance
sport athlete: basketball football soccer tennis volleyball baseball hockey golf cricket rugby swim ski skate surf box wrestle karate judo gymnastics badminton match tournament league team
outdoor nature: hike camp trail mountain beach forest park lake river garden picnic kayak fish climb waterfall canyon sunset star bird wildlife tent campfire
art artistic creative creativity artwork craft: paint painting draw drawing sketch sculpture pottery clay ceramic canvas watercolor mural portrait photo photography poem poetry write music design knit sew quilt gallery exhibit
music musical song: sing song band concert guitar piano violin drum flute clarinet saxophone cello orchestra album jazz rock pop classical rap tune melody playlist musician singer lyrics
instrument: guitar piano violin drum flute clarinet saxophone cello trumpet harp ukulele keyboard bass banjo harmonica
musician band artist singer composer: concert song album tour perform music jazz rock pop classical
book novel read author literature: book novel story series author read fantasy fiction mystery biography memoir poem chapter library bookstore trilogy
movie film show television watch: movie film series show episode documentary cinema actor director trilogy scene netflix anime cartoon
game gaming: video console chess puzzle card board player tournament rpg quest strategy dice multiplayer playstation xbox nintendo
pet animal: dog cat puppy kitten pup rabbit bunny hamster parrot bird fish turtle snake lizard horse goldfish ferret adopt vet leash
animal wildlife: dog cat bird horse elephant lion tiger bear wolf fox deer rabbit turtle fish dolphin whale monkey snake butterfly bee eagle owl penguin
food dish meal cuisine eat snack cook recipe: pizza pasta salad soup sandwich burger sushi taco curry rice bread cake cookie pie chicken beef fish salmon steak egg cheese vegetable fruit roast stew noodle grill bake breakfast lunch dinner brunch dessert chocolate restaurant
dessert sweet treat bake: cake cookie pie brownie chocolate pastry ice cream muffin cupcake pudding tart donut candy vanilla
drink beverage: coffee tea juice water wine beer soda cocktail smoothie milk lemonade whiskey
diet health healthy nutrition eating: vegetable fruit salad protein weight calorie sugar snack vegan vegetarian exercise doctor meal portion
health medical illness sick condition ailment: doctor hospital pain injury surgery medicine medication disease diabetes asthma allergy flu fever cancer heart blood pressure weight ankle knee back broken sprain diagnose clinic nurse symptom migraine
injury hurt accident: ankle knee leg arm shoulder wrist back broken sprain fracture twist fall crash wound bruise concussion
allergy allergic: peanut nut dairy cat dog pollen dust shellfish gluten fur sneeze asthma
stress anxiety pressure cope overwhelm: therapy therapist meditation yoga breathe relax calm exercise journal walk worry tension anxious busy tough
emotion feel feeling mood: happy sad angry excited proud nervous anxious scared afraid grateful thankful lonely upset joy love worried relieved frustrated disappointed overwhelmed hopeful
family relative: mother mom dad father parent brother sister sibling son daughter child kid husband wife aunt uncle cousin grandma grandmother grandpa grandfather niece nephew baby grandparent
child kid: son daughter baby toddler kid boy girl school
parent: mother mom father dad
spouse partner relationship marriage married status: husband wife fiance girlfriend boyfriend wedding married single divorce breakup dating engaged anniversary date
friend friendship: buddy pal friend neighbor roommate colleague teammate classmate
job career work occupation profession employment: work boss office company business hire interview promotion salary manager engineer teacher nurse doctor lawyer chef writer artist designer counselor colleague freelance internship position industry startup client fired laid quit resign
business company startup store shop: customer launch open brand market product sell sale investor profit client order website advertise revenue studio
education school study degree major: college university class course student teacher professor exam degree graduate graduation homework lecture certificate semester tuition campus scholarship learn
class course lesson workshop learn: class course lesson workshop teach teacher instructor tutorial sign enroll training seminar bootcamp
skill learn: practice learn master technique lesson improve talent
money financial finance income: salary pay price cost save saving budget debt loan invest expense dollar afford rent mortgage bank fund
fundraiser charity donate cause volunteer community: donate donation shelter homeless charity volunteer fundraise raise food drive event awareness veteran community support cause nonprofit help soup kitchen
volunteer volunteering: shelter homeless mentor charity community donate help soup kitchen organize
event attend participate: parade festival concert conference meeting party wedding workshop race show fair exhibit gala ceremony convention tournament rally gathering celebration reunion fundraiser retreat
celebrate celebration party holiday: birthday wedding anniversary christmas thanksgiving halloween easter party gift cake graduation feast dinner toast
holiday vacation trip travel journey visit: trip travel flight fly hotel beach country city tour resort abroad airport cruise roadtrip road museum visit vacation explore itinerary
place location where visit: city town country state park beach mountain lake forest museum restaurant cafe hotel island village street
country abroad nation: france paris italy rome spain germany england london ireland scotland japan tokyo china india canada mexico brazil australia sweden norway greece turkey thailand europe asia africa america switzerland
city: london paris rome tokyo york chicago boston seattle toronto berlin barcelona sydney town downtown
state region: california texas florida york washington oregon colorado arizona nevada michigan ohio georgia virginia hawaii alaska
home house apartment live residence: move apartment house rent mortgage room kitchen neighborhood landlord neighbor roommate yard furniture condo
furniture decor decorate: sofa couch table chair lamp bed desk shelf rug curtain painting cushion
move relocate: move house apartment city country pack relocate born hometown
nature plant garden gardening: flower tree plant seed garden rose tomato herb soil vegetable grow leaf sunflower tulip succulent
flower: rose tulip daisy lily sunflower orchid bouquet blossom lavender
weather: rain snow sun storm wind hot cold hurricane flood cloudy fog
disaster emergency damage: flood fire storm hurricane earthquake tornado power outage damage rescue
vehicle car transport drive: car truck bike bicycle motorcycle bus train plane boat scooter van drive ride tire engine
clothes clothing wear outfit fashion: dress shirt jacket coat shoe boot hat scarf jeans sweater sneaker skirt pants necklace style
jewelry accessory: necklace ring bracelet earring watch pendant
gift present receive: gift present birthday necklace card bouquet surprise give
technology device gadget tech electronics: computer laptop phone tablet camera app software robot drone console watch headphones tv monitor
software programming code app developer: app code bug program website python javascript java database server api deploy algorithm game
error bug failure problem issue: error exception crash fail bug fault timeout stack trace broken warning
computer: laptop desktop keyboard monitor gpu cpu processor software screen
color colour: red blue green yellow purple orange pink black white brown gray grey
religion faith spiritual belief: church god prayer pray bible faith temple mosque christian catholic buddhist muslim jewish
politics political government: vote election campaign mayor policy law congress senate party rights protest
military service veteran: army navy marine soldier war deploy veteran
goal plan dream aspiration ambition hope want future: hope plan dream want goal start open build become someday aim
achievement accomplish success win award proud: win award medal trophy prize champion promotion graduate finish complete certificate milestone record score first
setback challenge struggle difficulty hardship obstacle: lose lost hard tough fail quit injury struggle problem fired divorce death pass
death loss die grief: died passed lost funeral grief memory mourn
support help encourage: support help encourage listen advice motivate friend family therapy group inspire
advice suggest recommend recommendation tip: recommend suggest try advice tip should check
inspire inspiration motivate motivation reason: inspire motivate because dream story passion love
personality trait character describe: kind caring thoughtful honest brave funny creative strong patient generous loyal confident smart passionate dedicated
age old birthday: year birthday born old turn
identity gender: woman man transgender gay lesbian trans queer bisexual nonbinary
appearance look: hair eye tall short tattoo beard glasses haircut dyed
sleep rest: sleep bed nap tired insomnia night dream
memory childhood past: remember childhood grew young kid used memory school nostalgia
souvenir collect collection collectible: collect collection poster postcard card figurine coin stamp magnet sneaker jersey
social: meet group club community join meetup party
club group organization community: club group join team member meetup society community
writing write blog: write book novel script screenplay poem blog journal article story essay letter diary
photo picture photography: photo camera picture shot photographer portrait landscape lens
performance perform stage theater: stage play theater actor audition dance concert musical show audience comedy
dance: ballet salsa contemporary studio choreography perform dance tango
competition contest tournament compete: competition contest tournament race win compete match league prize score final
role position: captain leader manager director coach guard forward assistant
habit routine daily: morning every routine daily habit schedule night practice
fear afraid scared: scared afraid fear phobia nervous spider height dark
season: spring summer autumn fall winter
body: head hair face eye ear nose mouth neck shoulder arm hand finger back chest stomach hip leg knee ankle foot toe skin heart
symptom: pain ache fever cough headache nausea dizzy swelling rash tired itch
treatment cure remedy: medicine medication surgery therapy antibiotic vaccine rest physiotherapy bandage cream pill dose
therapy counseling: therapist counselor session psychologist talk support group
tool equipment gear: hammer drill saw screwdriver wrench tent backpack camera helmet glove rope brush kit
chore housework household: clean wash laundry vacuum dishes iron tidy sweep cook trash mow
repair renovate renovation diy: fix paint wall roof floor leak pipe plumber kitchen build tile install
material fabric: wood metal glass plastic cotton silk wool leather paper stone
kitchen appliance: oven stove fridge microwave blender dishwasher toaster mixer
subject field science: math physics chemistry biology history geography literature psychology economics engineering medicine law philosophy astronomy
language speak: english spanish french german italian japanese chinese korean arabic russian portuguese hindi
nationality: american british english spanish french german italian japanese chinese korean indian mexican canadian australian swedish
genre style: fantasy mystery thriller romance comedy drama horror action adventure science fiction jazz rock pop classical
superhero fantasy: hero marvel batman spiderman superman wizard magic dragon
relationship conflict argument: argue fight disagree apologize forgive trust breakup jealous misunderstanding
romance romantic love date: boyfriend girlfriend date kiss crush engage propose wedding valentine
baby pregnancy: pregnant born birth newborn diaper crib due expecting infant
adoption adopt: agency foster orphan child process application
crime danger: police steal theft robbery arrest thief accident attack fraud
legal law: lawyer court judge contract sue license permit policy rights
transport commute: bus train subway taxi car bike plane ferry tram drive
shopping purchase: buy bought order store mall sale online price discount
beauty hygiene: makeup skincare haircut shampoo perfume nail salon spa
beach sea ocean: sand wave surf swim shell sail dive snorkel coast boat
winter snow: ski snowboard sled skate snowman ice
space astronomy: star planet moon telescope rocket galaxy
media social online: instagram facebook twitter youtube tiktok blog post video podcast channel follower stream
video stream: youtube channel stream record edit upload
podcast radio listen: podcast episode radio audiobook music
conversation communication contact: call phone text email message letter video chat
meeting appointment: call schedule agenda meet calendar
teamwork team: teammate coach captain together collaborate group
leadership leader: captain manager president organize chair lead mentor
training preparation prepare: practice drill coach rehearse study plan
award prize: medal trophy certificate winner first champion nominate
ceremony: wedding funeral graduation baptism award inauguration
tradition culture custom: festival holiday ceremony ritual heritage family dance food costume
environment sustainability climate: recycle pollution plastic solar carbon conservation plant clean green
conservation wildlife: endangered protect species reserve habitat reef
time duration long: hour day week month year decade
frequency often: daily weekly monthly once twice every usually
size amount number: one two three four five six seven eight nine ten dozen hundred thousand
weekend: saturday sunday friday
morning evening: breakfast dawn sunrise night dinner sunset
view scenery scenic landscape: sunset sunrise mountain lake ocean valley waterfall horizon sky
database storage: sql table query index postgres sqlite mysql redis schema migration row
network connection: http socket port request response dns timeout proxy latency
security authentication login: password token key permission access encrypt auth certificate
deployment deploy release: docker kubernetes server cloud container pipeline version rollback
performance speed slow: latency memory cpu cache optimize benchmark throughput
test testing: unit integration assert mock coverage fixture failing pass
document documentation: readme guide manual docs comment specification
version dependency package: npm pip upgrade update install library module release
`;
